"""`story`: play one of the stories of the product and print what it came to."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Protocol, cast

NAME = "story"
HELP = "演示一个故事并给出数据 · play a story and print its figures"

STORIES = {
    "district": "enscene.cli._story_district",
    "embedding": "enscene.cli._story_embedding",
    "golden": "enscene.cli._story_golden",
    "hospital": "enscene.cli._story_hospital",
    "loop": "enscene.cli._story_loop",
    "travel": "enscene.cli._story_travel",
}
"""Modules by the name of the story; each has HELP and `play(arguments) -> int`."""


class Story(Protocol):
    """What a module of a story holds."""

    HELP: str

    def play(self, arguments: argparse.Namespace) -> int:
        """Play it; the exit code says whether everything was as it should be."""
        ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the story's name and `--json`."""
    parser.add_argument("story", choices=sorted(STORIES), help="故事名 · which story")
    parser.add_argument("--json", action="store_true", help="末行输出 JSON · report as JSON last")


def run(arguments: argparse.Namespace) -> int:
    """Load the story's module and play it."""
    story = cast(Story, import_module(STORIES[arguments.story]))
    return story.play(arguments)
