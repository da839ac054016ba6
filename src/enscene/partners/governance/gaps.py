"""Gaps in what is known of purchased systems, drills and plans, each with its way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from enscene.partners.governance.outsiders import Outsider
from enscene.partners.governance.records import Record, newest

DEPOSIT_OLD = timedelta(days=365)
Code = Literal[
    "no_source", "escrow_old", "escrow_unverified", "no_builder", "no_build", "no_test",
    "failed", "overdue", "outsider_over",
]  # fmt: skip
CODES: tuple[Code, ...] = (
    "no_source", "escrow_old", "escrow_unverified", "no_builder", "no_build", "no_test",
    "failed", "overdue", "outsider_over",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing of what: `kind` is that of the record, or `outsider`. `severity` as of
    holes."""

    kind: str
    about: str
    code: Code
    severity: Literal["low", "middle", "high"]


def gaps_of(records: Sequence[Record], outsiders: Sequence[Outsider], today: date) -> list[Gap]:
    """Those of a partner, whose records are newest first; the worst first."""
    counted = newest(records)
    found: list[Gap] = []
    tested = {
        e.about for e in counted if e.kind == "release" and not e.failed and not e.overdue(today)
    }
    for each in counted:
        if each.kind == "system":
            found += _of_system(each, today)
            if each.about not in tested:
                found.append(Gap("system", each.about, "no_test", "middle"))
        if each.failed:
            found.append(Gap(each.kind, each.about, "failed", "high"))
        if each.overdue(today):
            found.append(Gap(each.kind, each.about, "overdue", "middle"))
    found += [
        Gap("outsider", f"{each.person} · {each.firm}", "outsider_over", "middle")
        for each in outsiders
        if each.granted_at is not None and each.ended_at is None and each.until < today
    ]
    order = ("high", "middle", "low")
    return sorted(found, key=lambda gap: order.index(gap.severity))


def _of_system(record: Record, today: date) -> list[Gap]:
    fields, about = record.fields, record.about
    found: list[Gap] = []
    if fields["ownership"] != "own":
        deposit, verified = _day(fields.get("deposit_on")), _day(fields.get("verified_on"))
        if not fields.get("escrow_agent") or deposit is None:
            severity: Literal["middle", "high"] = "high" if fields["form"] == "code" else "middle"
            found.append(Gap("system", about, "no_source", severity))
        else:
            if today - deposit > DEPOSIT_OLD:
                found.append(Gap("system", about, "escrow_old", "middle"))
            if verified is None or verified < deposit:
                found.append(Gap("system", about, "escrow_unverified", "middle"))
    if not fields.get("builders"):
        found.append(Gap("system", about, "no_builder", "middle"))
    if not fields.get("build_proof") and fields["form"] == "code":
        found.append(Gap("system", about, "no_build", "low"))
    return found


def _day(text: object) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) else None
