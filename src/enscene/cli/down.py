"""Stop everything that runs in this home."""

from __future__ import annotations

import argparse

from enscene.cli._home import end_up, home_folder
from enscene.cli._say import say
from enscene.storage.cluster import Cluster

NAME = "down"
HELP = "停止运行 · stop what runs, keep the data"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take no arguments."""


def run(arguments: argparse.Namespace) -> int:
    """End a running `up`, then the database server."""
    home = home_folder()
    ended = end_up(home)
    stopped = Cluster(home).stop()
    if ended or stopped:
        say("已停止", "stopped")
    else:
        say("没有在运行的程序", "nothing was running")
    return 0
