"""Errors that stop the training of a recommender."""


class NothingToLearnError(ValueError):
    """The data of a day or period has nothing to learn from."""
