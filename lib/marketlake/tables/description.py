"""Tables that describe the columns of the lake's tables on a day: statistics, frequencies, associations.

Written by `describe_data`. None of them holds a value of a personal column.
"""

from __future__ import annotations

from marketlake.tables.table import Column, Table

_PINNED_TABLE = (
    Column("run_date", "date", "Day for which the table was described (UTC).", required=True),
    Column("table_name", "string", "Table described, as <layer>.<name>.", required=True),
    Column("table_version", "bigint", "Version of the table described; null when it has none."),
)

COLUMN_STATISTICS = Table(
    name="gold.column_statistics",
    summary="One column of one table on one day: counts, centre, spread, shape, outliers, suggested transform.",
    columns=(
        *_PINNED_TABLE,
        Column("column_name", "string", "Column described.", required=True),
        Column("position", "int", "Place of the column in its table, from 1."),
        Column("data_type", "string", "Type of the column, as Spark SQL spells it."),
        Column("personal", "boolean", "True when the column is personal data, of which only counts are kept."),
        Column("rows", "bigint", "Rows of the table."),
        Column("nulls", "bigint", "Rows in which the column is null."),
        Column("null_share", "double", "Nulls as a share of the rows, 0 to 1; null for an empty table."),
        Column("not_finite", "bigint", "Rows with NaN or infinity, left out of every other number."),
        Column("distinct_values", "bigint", "Number of different values; null for arrays, maps and structs."),
        Column("distinct_is_exact", "boolean", "False when distinct_values is an estimate (5% standard error)."),
        Column("minimum_text", "string", "Smallest value, as text; dates and timestamps are ISO 8601 in UTC."),
        Column("median_text", "string", "Median, as text; null for text and booleans."),
        Column("maximum_text", "string", "Largest value, as text."),
        Column("mode", "string", "Most frequent value, as text; null when there are too many values to count."),
        Column("mode_rows", "bigint", "Rows that hold the most frequent value."),
        Column("mean", "double", "Arithmetic mean, in the column's unit."),
        Column("standard_deviation", "double", "Sample standard deviation (n - 1), in the column's unit."),
        Column("skewness", "double", "Skewness g1 (third standardised moment); 0 is symmetric."),
        Column("kurtosis", "double", "Excess kurtosis g2; 0 is that of a normal distribution."),
        Column("minimum", "double", "Smallest number, in the column's unit."),
        Column("percentile_1", "double", "Value that 1% of the numbers do not exceed, in the column's unit."),
        Column("percentile_5", "double", "Value that 5% of the numbers do not exceed, in the column's unit."),
        Column("percentile_25", "double", "Lower quartile, in the column's unit."),
        Column("median", "double", "Median, in the column's unit."),
        Column("percentile_75", "double", "Upper quartile, in the column's unit."),
        Column("percentile_95", "double", "Value that 95% of the numbers do not exceed, in the column's unit."),
        Column("percentile_99", "double", "Value that 99% of the numbers do not exceed, in the column's unit."),
        Column("maximum", "double", "Largest number, in the column's unit."),
        Column("interquartile_range", "double", "Upper quartile less lower quartile, in the column's unit."),
        Column("median_absolute_deviation", "double", "Median distance from the median, in the column's unit."),
        Column("zeros", "bigint", "Rows that are exactly 0."),
        Column("negatives", "bigint", "Rows below 0."),
        Column("lower_fence", "double", "Lower quartile less 1.5 interquartile ranges, in the column's unit."),
        Column("upper_fence", "double", "Upper quartile plus 1.5 interquartile ranges, in the column's unit."),
        Column("outliers_iqr", "bigint", "Rows outside the fences; null when the interquartile range is 0."),
        Column("outliers_zscore", "bigint", "Rows over 3 standard deviations from the mean."),
        Column("transform", "string", "Suggested transform before modelling: none, log, log1p or box-cox."),
        Column("transform_lambda", "double", "Lambda of the Box-Cox transform, where that is the suggestion."),
        Column("skewness_after", "double", "Skewness of the quantiles once transformed."),
    ),
    key=("run_date", "table_name", "column_name"),
    partition_by=("run_date",),
    date_column="run_date",
)

COLUMN_FREQUENCIES = Table(
    name="gold.column_frequencies",
    summary="One frequent value, or one bar of the histogram, of one column of one table on one day.",
    columns=(
        *_PINNED_TABLE,
        Column("column_name", "string", "Column counted.", required=True),
        Column("kind", "string", "`value` for a frequent value, `bin` for a bar of the histogram.", required=True),
        Column("position", "int", "From 1: most frequent value first, or lowest bar first.", required=True),
        Column("value", "string", "The value, or the lower end of the bar, as text."),
        Column("lower_bound", "double", "Lower end of the bar (included), in the column's unit; numbers only."),
        Column("upper_bound", "double", "Upper end of the bar (included in the last bar only); numbers only."),
        Column("rows", "bigint", "Rows with this value, or in this bar."),
        Column("share", "double", "Rows as a share of the rows that have a value, 0 to 1."),
    ),
    key=("run_date", "table_name", "column_name", "kind", "position"),
    partition_by=("run_date",),
    date_column="run_date",
)

COLUMN_ASSOCIATIONS = Table(
    name="gold.column_associations",
    summary="Association between two columns of one table on one day, by one method.",
    columns=(
        *_PINNED_TABLE,
        Column("left_column", "string", "The column that comes first in the table, or in the pair.", required=True),
        Column("right_column", "string", "The other column.", required=True),
        Column("method", "string", "pearson, spearman or cramers_v.", required=True),
        Column("coefficient", "double", "-1 to 1, or 0 to 1 for cramers_v; null when it is not defined."),
        Column("rows", "bigint", "Rows with both values on which the coefficient rests (for spearman, of a sample)."),
        Column("chi_squared", "double", "Pearson's chi-squared statistic, for cramers_v."),
        Column("degrees_of_freedom", "int", "Degrees of freedom of chi-squared, for cramers_v."),
        Column("p_value", "double", "Probability of as large a chi-squared by chance, 0 to 1, for cramers_v."),
    ),
    key=("run_date", "table_name", "left_column", "right_column", "method"),
    partition_by=("run_date",),
    date_column="run_date",
)

REFERENCE_CHECKS = Table(
    name="gold.reference_checks",
    summary="One reference of a table on one day, with the rows whose value the other table does not have.",
    columns=(
        *_PINNED_TABLE,
        Column("column_name", "string", "The referring column.", required=True),
        Column("referenced_table", "string", "The table in which its values should be found.", required=True),
        Column("referring_rows", "bigint", "Rows with a value in the column."),
        Column("unknown_rows", "bigint", "Rows whose value is not in the other table."),
        Column("unknown_values", "bigint", "Different values that are not in the other table."),
        Column(
            "ambiguous_rows",
            "bigint",
            "Rows whose order number several orders have, so that they name none.",
        ),
    ),
    key=("run_date", "table_name", "column_name"),
    partition_by=("run_date",),
)
