"""The commands of `marketlake`, one a file: HELP (a line), add_arguments(parser) and run(options) -> exit code."""
