"""Open PostgreSQL's own terminal on the database."""

from __future__ import annotations

import argparse
import subprocess

from enscene.cli._home import home_folder
from enscene.storage import open_database
from enscene.storage.cluster import find_binaries
from enscene.storage.cluster.layout import split_password

NAME = "psql"
HELP = "数据库终端 · PostgreSQL's terminal (--app, --owner or --admin first, then psql's own)"
TAKES_RAW = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Hand the arguments on to psql."""


def run(arguments: argparse.Namespace) -> int:
    """Run psql as the owner, or as the role named by the first argument."""
    words: list[str] = arguments.arguments
    role = words.pop(0) if words[:1] in (["--app"], ["--owner"], ["--admin"]) else "--owner"
    with open_database(home_folder()) as opened:
        urls = {
            "--app": opened.database.url_app,
            "--owner": opened.database.url_owner,
            "--admin": opened.database.url_admin or opened.database.url_owner,
        }
        address, env = split_password(urls[role], inherit=True)
        command = [find_binaries().path("psql"), "-d", address, *words]
        return subprocess.run(command, env=env, check=False).returncode
