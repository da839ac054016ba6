"""How much of laundering that was planted in recorded transfers the screening finds."""

from __future__ import annotations

import csv
import io
import tarfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from enscene.kernel.errors import Invalid
from enscene.kernel.money import parse_money
from enscene.risk.screening import Hit, Movement, Screen, read_screening

ARCHIVE = "20K_cycle200.tgz"
RULES = ("came_back", "passed_on")
PRECISION_WANTED = 0.95
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
LABELS_ZH = (
    "标签只标注账户，不标注交易；数据在第 {last} 步截断，多数植入的环尚未闭合，只能看到其中一段。"
    "金额低于 20.00 的转账只发生在被标注的账户之间，凭此即可“识破”，本方法不使用；"
    "由它可知 {labelled} 个被标注账户中只有 {visible} 个在数据中真正参与了植入的转账，这是召回率的上限。"
)
LABELS_EN = (
    "Labels name accounts, not transfers. The file ends at step {last}, before most planted cycles "
    "have closed: of those only a part can be seen. Transfers below 20.00 happen between labelled "
    "accounts alone and would give all of them away; that is not used. It does tell that of the "
    "{labelled} labelled accounts only {visible} take part in a planted transfer within the file, "
    "which is the most that any method can find."
)
_GIVEN_AWAY = 20_00


@dataclass(frozen=True, slots=True)
class Recorded:
    """Transfers in the order of their steps, and the accounts that were labelled."""

    movements: list[Movement]
    labelled: frozenset[int]
    last: int


def read_recorded(folder: Path) -> Recorded:
    """Read the archive as it was published. Raises: Invalid, with the file and what is missing."""
    archive = folder / ARCHIVE
    if not archive.is_file():
        raise Invalid(f"{folder} 中没有 {ARCHIVE} · there is no {ARCHIVE} in {folder}",
                      param="folders")  # fmt: skip
    try:
        with tarfile.open(archive, "r:gz") as files:
            labelled = frozenset(
                int(row["nodeid"]) for row in _rows(files, "nodes.csv") if row["isFraud"] != "0"
            )
            movements = [
                _movement(n, row) for n, row in enumerate(_rows(files, "transactions.csv"))
            ]
    except (tarfile.TarError, KeyError, ValueError, OSError) as error:
        raise Invalid(f"{archive}: cannot be read: {error}", param="folders") from error
    movements.sort(key=lambda movement: movement.day)
    return Recorded(movements, labelled, movements[-1].day)


def _rows(files: tarfile.TarFile, name: str) -> Iterable[dict[str, str]]:
    for member in files.getmembers():
        if Path(member.name).name == name:
            found = files.extractfile(member)
            assert found is not None
            return csv.DictReader(io.TextIOWrapper(found, encoding="utf-8", newline=""))
    raise KeyError(name)


def _movement(number: int, row: dict[str, str]) -> Movement:
    step = int(row["time"])
    # The recorder left zeros away at the end: 104.1 is 104.10.
    whole, _, part = row["value"].partition(".")
    amount = parse_money(f"{whole}.{part:0<2}", "CNY")
    return Movement(str(number), _BEGIN + timedelta(days=step), step, int(row["sourceNodeId"]),
                    int(row["targetNodeId"]), amount)  # fmt: skip


def verify_aml(folder: Path) -> dict[str, Any]:
    """The report: by rule how many accounts it names, how many of them were labelled."""
    recorded = read_recorded(folder)
    began = time.perf_counter()
    hits = Screen(read_screening()).look_at_all(recorded.movements)
    took = time.perf_counter() - began
    visible = {
        account
        for each in recorded.movements if each.amount < _GIVEN_AWAY
        for account in (each.payer, each.payee)
    }  # fmt: skip
    told = {rule: _judged(rule, hits, recorded.labelled, visible) for rule in RULES}
    facts = {"last": recorded.last, "labelled": len(recorded.labelled), "visible": len(visible)}
    return {
        "transfers": len(recorded.movements),
        "labelled": len(recorded.labelled),
        "visible": len(visible),
        "cycles_closed": sum(1 for each in hits if each.rule == "came_back"),
        "rules": told,
        "labels_allow": {"zh": LABELS_ZH.format(**facts), "en": LABELS_EN.format(**facts)},
        "per_s": round(len(recorded.movements) / took),
        "reached": all(each["precision"] >= PRECISION_WANTED for each in told.values()),
    }


def _judged(
    rule: str, hits: list[Hit], labelled: frozenset[int], visible: set[int]
) -> dict[str, float | int]:
    named: set[int] = set()
    for each in hits:
        if each.rule == rule:
            named.update(each.facts["accounts"])
    right = len(named & labelled)
    return {
        "named": len(named),
        "right": right,
        "precision": round(right / len(named), 4) if named else 0.0,
        "recall": round(right / len(labelled), 4),
        "recall_of_visible": round(len(named & visible) / len(visible), 4) if visible else 0.0,
    }
