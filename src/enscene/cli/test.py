"""Run the tests: all of them, or those that pytest's arguments name; `lake` compares two engines."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from enscene.cli._compare_engines import compare_engines
from enscene.cli._say import complain, say
from enscene.storage.errors import ABSENT

NAME = "test"
HELP = "运行测试 · run the tests (takes pytest's arguments); test lake: DuckDB against Spark"
TAKES_RAW = True

# One more than the cores that we promise: while one waits for its database or browser, two work.
WORKERS = "3"
# Debian's names of what tests use if it is there; without it they are skipped, visibly.
_EXTRAS = {"chromium": ("chromium", "fonts-noto-cjk"), "mosquitto": ("mosquitto",)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Hand the arguments on to pytest."""


def run(arguments: argparse.Namespace) -> int:
    """Run pytest in our place, with three workers unless told otherwise."""
    root = Path(__file__).parents[3]
    if not (root / "tests" / "conftest.py").is_file():
        return complain("此处没有测试 · no tests here: run from a checkout", ABSENT)
    if arguments.arguments[:1] == ["lake"]:
        return compare_engines(root, as_json="--json" in arguments.arguments)
    if not arguments.arguments:
        _fetch_extras()
    # The closing line counts passed and skipped tests; `-rs` says why each was skipped.
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-n", WORKERS, "--dist", "worksteal"]
    os.chdir(root)
    return _become([*command, *arguments.arguments])


def _become(command: list[str]) -> NoReturn:
    sys.stdout.flush()
    os.execv(command[0], command)


def _fetch_extras() -> None:
    """Install from Debian what is missing, where that is possible and wanted."""
    missing = [name for name in _EXTRAS if shutil.which(name, path=_path()) is None]
    if not missing or os.environ.get("ENSCENE_TEST_EXTRAS") == "no":
        return
    if os.getuid() != 0 or shutil.which("apt-get") is None:
        say(f"没有 {'、'.join(missing)}，相关测试将跳过", "missing, their tests are skipped")
        return
    say(f"安装 {'、'.join(missing)}", "installing from Debian, for the tests")
    wanted = [package for name in missing for package in _EXTRAS[name]]
    for words in (["update"], ["install", "-y", "--no-install-recommends", *wanted]):
        done = subprocess.run(
            ["apt-get", "-qq", *words],
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    if done.returncode != 0:
        say("安装失败，相关测试将跳过", "that failed, their tests are skipped")


def _path() -> str:
    return os.environ.get("PATH", os.defpath) + ":/usr/sbin"
