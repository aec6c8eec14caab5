"""Precision marketing for e-commerce and retail, on Spark, Delta Lake and MLflow."""

__version__ = "0.1.0"
