"""The command line. Every file beside this one whose name has no underscore is a command.

A command file holds `NAME`, `HELP`, `add_arguments(parser)` and `run(arguments) -> exit code`;
its file is named like the command, with `_` for `-`.
"""

from enscene.cli._main import main

__all__ = ["main"]
