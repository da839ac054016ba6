"""Rows as a file that spreadsheets open, in which no cell is ever a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?")
# What spreadsheets take for the beginning of a formula or of a command, in both widths.
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BOM = "\ufeff"


def inert_cell(text: str) -> str:
    """The text as it is shown, never computed: what might begin a formula gets an apostrophe."""
    if text.lstrip(" ").startswith(_BEGINS_FORMULA) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def write_csv(head: Sequence[str], rows: Iterable[Sequence[str]], *, mark: bool = True) -> bytes:
    """A CSV file (RFC 4180, UTF-8 with its mark, by which spreadsheets know Chinese; without it
    where programs read it, whose first column would else begin with it)."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in (head, *rows):
        writer.writerow([inert_cell(cell) for cell in row])
    return ((_BOM if mark else "") + out.getvalue()).encode()
