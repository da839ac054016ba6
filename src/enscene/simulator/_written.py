"""The files of packs and of the shelf as they are written: every scalar is its text."""

from __future__ import annotations

from typing import Any

import yaml

# The parser that is written in C takes a tenth of the time; not every machine has it.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def read_written(text: str) -> Any:
    """Dictionaries, lists and texts."""
    return yaml.load(text, Loader=_LOADER)
