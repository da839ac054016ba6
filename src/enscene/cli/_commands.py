"""Find the commands: one file each, loaded only when it is asked for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """What a command file holds; with `takes_raw` its arguments are handed on unread."""

    name: str
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    takes_raw: bool


@cache
def command_names() -> tuple[str, ...]:
    """Return the names of all commands, sorted."""
    files = Path(__file__).parent.glob("[a-z]*.py")
    return tuple(sorted(file.stem.replace("_", "-") for file in files))


def load_command(name: str) -> Command:
    """Load the file of a command; what it lacks is a mistake of ours and asserts."""
    module = import_module(f"enscene.cli.{name.replace('-', '_')}")
    assert name == module.NAME, f"{module.__file__}: NAME must be {name!r}"
    takes_raw = bool(getattr(module, "TAKES_RAW", False))
    return Command(module.NAME, module.HELP, module.add_arguments, module.run, takes_raw)
