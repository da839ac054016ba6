"""Talk to the person at the terminal: Chinese first, English beside it, progress on stderr."""

from __future__ import annotations

import sys


def say(chinese: str, english: str) -> None:
    """Print one line of progress."""
    print(f"enscene: {chinese} · {english}", file=sys.stderr, flush=True)


def complain(line: str, exit_code: int) -> int:
    """Print why the command failed, in one line, and return the exit code."""
    print("enscene: " + " ".join(line.split("\n")), file=sys.stderr, flush=True)
    return exit_code


def agrees(chinese: str, english: str) -> bool:
    """Ask a yes-or-no question; no answer is a no."""
    print(f"{chinese} · {english} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes", "是")
