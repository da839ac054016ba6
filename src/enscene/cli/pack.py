"""Packs: list, begin, check, test, document and compare the scenes that are written as data."""

from __future__ import annotations

import argparse

from enscene.cli import (
    _pack_check,
    _pack_common,
    _pack_diff,
    _pack_docs,
    _pack_duplicates,
    _pack_list,
    _pack_new,
    _pack_test,
)

NAME = "pack"
HELP = (
    "场景模板：列出、新建、检查、测试、生成文档、比较、查重、提取共同模板 · packs: list, new, check, test, docs, diff, "
    "duplicates, common"
)

_COMMANDS = (
    _pack_list,
    _pack_new,
    _pack_check,
    _pack_test,
    _pack_docs,
    _pack_diff,
    _pack_duplicates,
    _pack_common,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the subcommands, each in a file of its own."""
    inner = parser.add_subparsers(dest="subcommand", required=True, metavar="COMMAND")
    for module in _COMMANDS:
        command = inner.add_parser(module.NAME, help=module.HELP, description=module.HELP)
        module.add_arguments(command)
        command.set_defaults(pack_command=module.run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; its exit code is 0, or 1 where something is wrong."""
    code: int = arguments.pack_command(arguments)
    return code
