"""Read the arguments, run the command, turn an error into one line and an exit code."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence

import asyncpg

from enscene import __version__
from enscene.cli._commands import Command, command_names, load_command
from enscene.cli._home import home_folder
from enscene.cli._parser import Parser
from enscene.cli._say import complain
from enscene.kernel.errors import EnsceneError, Invalid
from enscene.storage import StorageFault
from enscene.storage.errors import ABSENT, CANNOT_WRITE, TRY_AGAIN, disk_full

_FAILED, _BAD_INPUT, _INTERRUPTED = 1, 65, 130
_ENOSPC = 28


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; never raises for what a user can cause."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _dispatch(words)
    except StorageFault as fault:
        return complain(f"{fault.chinese} · {fault.detail}", fault.exit_code)
    except EnsceneError as error:
        hint = f" ({error.hint})" if error.hint else ""
        code = _BAD_INPUT if isinstance(error, Invalid) else _FAILED
        return complain(f"{error.detail}{hint} [{error.code}]", code)
    except (KeyboardInterrupt, asyncio_cancelled()):
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone; say nothing more, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    except (asyncpg.DiskFullError, asyncpg.PostgresConnectionError, ConnectionError) as error:
        # A server without room for its log ends; its last words reach us with the lost connection.
        if isinstance(error, asyncpg.DiskFullError) or "No space left" in str(error):
            full = disk_full("PostgreSQL")
            return complain(f"{full.chinese} · {full.detail}", CANNOT_WRITE)
        return complain(f"与数据库的连接中断 · the database went away: {error}", TRY_AGAIN)
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
        return complain(
            f"数据库还没有本程序的表（{error}）：请先运行 ./enscene up（新建并打开）或 ./enscene upgrade"
            f"（只升级） · the database has not this program's tables yet ({error}): run ./enscene up, "
            "which makes and opens it, or ./enscene upgrade, which only brings it up to date",
            ABSENT,
        )
    except OSError as error:
        if error.errno == _ENOSPC:
            full = disk_full(error.filename or home_folder())
            return complain(f"{full.chinese} · {full.detail}", CANNOT_WRITE)
        where = error.filename or ""
        return complain(
            f"无法读写 · cannot read or write: {where} ({error.strerror})", CANNOT_WRITE
        )


def asyncio_cancelled() -> type[BaseException]:
    """Return asyncio's cancellation, without loading asyncio for commands that need none."""
    from asyncio import CancelledError

    return CancelledError


def _dispatch(words: list[str]) -> int:
    name = words[0] if words else "--help"
    if name in command_names():
        command = load_command(name)
        if command.takes_raw:
            return command.run(argparse.Namespace(arguments=words[1:]))
        parser = Parser(prog=f"enscene {name}", description=command.help)
        command.add_arguments(parser)
        return command.run(parser.parse_args(words[1:]))
    parser = _overview()
    parser.parse_args(words)
    parser.print_help()
    return 0


def _overview() -> Parser:
    parser = Parser(
        prog="enscene",
        description="入景：把银行服务带进生活与生产的场景 · a bank's services in daily scenes",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="命令 · commands:\n" + "\n".join(_line(load_command(n)) for n in command_names()),
    )
    version = f"enscene {__version__}"
    parser.add_argument("--version", action="version", version=version, help="版本 · version")
    parser.add_argument("command", nargs="?", choices=command_names(), metavar="COMMAND")
    return parser


def _line(command: Command) -> str:
    return f"  {command.name:<10} {command.help}"


with contextlib.suppress(AttributeError):
    # Chinese must not stop a program whose terminal cannot show it.
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.stderr.reconfigure(errors="replace")  # type: ignore[union-attr]
