"""Fit and judge a card of propensity on the calls of a bank: UCI bank-additional (Moro et al. 2014).

`duration` is how long the call was that ended with yes or no: nobody knows it beforehand, so it is
left out. The rows are in the order of the calls, May 2008 to November 2010.
"""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from enscene.engagement.propensity import judge_propensity
from enscene.kernel.errors import Invalid

OUTCOME, YES, KNOWN_TOO_LATE = "y", "yes", "duration"
AUC_WANTED, ALIFT_WANTED = 0.79, 0.68
_WHOLE = "-full.csv"


def verify_propensity(folder: Path) -> dict[str, Any]:
    """The figures, and whether they are reached. Raises: Invalid, with the file."""
    columns, took = read_calls(folder)
    judged = judge_propensity(columns, took)
    found = {name: round(each, 4) if isinstance(each, float) else each
             for name, each in asdict(judged).items()}  # fmt: skip
    reached = judged.auc_random >= AUC_WANTED and judged.alift_random >= ALIFT_WANTED
    return {**found, "without": KNOWN_TOO_LATE, "auc_wanted": AUC_WANTED,
            "alift_wanted": ALIFT_WANTED, "reached": reached}  # fmt: skip


def read_calls(folder: Path) -> tuple[dict[str, list[Any]], list[bool]]:
    """The columns by name and who took it, from a CSV with `;`, in a zip or beside it.
    Raises: Invalid."""
    path, text = _find(folder)
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    if not rows or OUTCOME not in rows[0]:
        raise Invalid(f"{path}:1: there is no column {OUTCOME}", param="folders")
    columns: dict[str, list[Any]] = {}
    for name in rows[0]:
        if name in (OUTCOME, KNOWN_TOO_LATE):
            continue
        values = [row[name] for row in rows]
        try:
            columns[name] = [float(value) for value in values]
        except (TypeError, ValueError):
            columns[name] = values
    return columns, [row[OUTCOME] == YES for row in rows]


def _find(folder: Path) -> tuple[str, str]:
    try:
        for plain in sorted(folder.glob(f"*{_WHOLE}")):
            return plain.name, plain.read_text(encoding="utf-8")
        for path in sorted(folder.glob("*.zip")):
            with zipfile.ZipFile(path) as packed:
                for name in packed.namelist():
                    if name.endswith(_WHOLE) and "/._" not in name:
                        return f"{path.name}/{name}", packed.read(name).decode()
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        raise Invalid(f"{folder}: cannot be read: {error}", param="folders") from error
    raise Invalid(f"{folder} 中没有 *{_WHOLE} · there is no *{_WHOLE} in {folder}", param="folders")
