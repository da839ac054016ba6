"""The inventory of internet assets over all partners: where the risk is, what ends when, and each
asset, as a page and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.spreadsheet import write_csv
from enscene.partners.governance import TIERS, Governed, newest, read_all_governed
from enscene.partners.inventory import KINDS, Asset
from enscene.partners.partner import Partner
from enscene.web.console import Console, Visit, member

READERS = ("scene_team", "approver", "auditor")
RISKS = ("high", "middle", "low")
EXPIRIES = ("ended", "30", "90", "365")
MONTHS = 12
WIDTH, HEIGHT, LEFT = 720, 150, 0
BAR, GAP, NAMED, BARS = 30, 16, 76, 400
ROWS_MOST = 1_000
HEAD = (
    "partner", "stage", "kind", "name", "owner", "supplier", "version", "certificate_until",
    "domain_until", "components", "open_holes", "risk", "origin", "seen_at", "seen_by",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """An asset beside its partner."""

    partner: Partner
    asset: Asset
    risk: str
    ends: date | None
    parts: int


def routes(console: Console) -> list[Route]:
    """The routes of this page; before those of single partners."""
    return [
        Route("/partners/assets", member(console, show, *READERS), methods=["GET"]),
        Route("/partners/assets.csv", member(console, fetch, *READERS), methods=["GET"]),
    ]


async def show(visit: Visit) -> Response:
    """Those that the filter leaves."""
    governed = await read_all_governed(visit.console.pool, visit.tenant)
    every = _rows(governed)
    rows = _filtered(visit, every, governed)
    asked = {name: visit.ask(name) for name in ("partner", "kind", "q", "risk", "ends")}
    return visit.page(
        "partner_assets.html", rows=rows[:ROWS_MOST], count=len(rows), asked=asked, kinds=KINDS,
        risks=RISKS, expiries=EXPIRIES, partners=[each.partner for each in governed],
        counts={
            "all": len(every), "high": sum(row.risk == "high" for row in every),
            "soon": sum(_ends_by(row, governed, 30) for row in every),
            "bare": sum(not each.assets for each in governed),
        },
        query=visit.request.url.query, tiers=_tiers(governed), months=_months(governed),
        width=WIDTH, height=HEIGHT, left=LEFT, bar=BAR, named=NAMED, bars=BARS,
    )  # fmt: skip


async def fetch(visit: Visit) -> Response:
    """The same as a file; cells are never formulas."""
    governed = await read_all_governed(visit.console.pool, visit.tenant)
    rows = _filtered(visit, _rows(governed), governed)
    body = write_csv(HEAD, [_cells(row) for row in rows])
    return Response(
        body,
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": 'attachment; filename="internet-assets.csv"',
            "cache-control": "no-store",
        },
    )


def _rows(governed: Sequence[Governed]) -> list[Row]:
    found = [
        Row(each.partner, asset, asset.risk(each.today), asset.ends(), each.parts.get(asset.id, 0))
        for each in governed
        for asset in each.assets
    ]
    return sorted(found, key=lambda row: (RISKS.index(row.risk), row.ends or date.max))


def _filtered(visit: Visit, rows: Sequence[Row], governed: Sequence[Governed]) -> list[Row]:
    partner, kind, risk, ends = (visit.ask(name) for name in ("partner", "kind", "risk", "ends"))
    word = visit.ask("q").lower()
    return [
        row
        for row in rows
        if (not partner or row.partner.number == partner)
        and (not kind or row.asset.kind == kind)
        and (not risk or row.risk == risk)
        and (not word or word in _said(row.asset))
        and (not ends or _ends(row, governed, ends))
    ]


def _said(asset: Asset) -> str:
    return f"{asset.name} {asset.owner} {asset.supplier} {asset.version}".lower()


def _ends(row: Row, governed: Sequence[Governed], ends: str) -> bool:
    if ends == "ended":
        return row.ends is not None and row.ends < governed[0].today
    if ends in EXPIRIES:
        return _ends_by(row, governed, int(ends))
    return row.ends is not None and row.ends.strftime("%Y-%m") == ends


def _ends_by(row: Row, governed: Sequence[Governed], days: int) -> bool:
    today = governed[0].today
    return row.ends is not None and today <= row.ends <= today + timedelta(days=days)


def _tiers(governed: Sequence[Governed]) -> list[dict[str, Any]]:
    """A bar for each tier of partners: what is good, to be done, bad, in pixels."""
    most = max((sum(e.standing.tier == tier for e in governed) for tier in TIERS), default=0)
    found = []
    for number, tier in enumerate(reversed(TIERS)):
        own = [each for each in governed if each.standing.tier == tier]
        x, parts = float(NAMED), []
        for state in ("bad", "part", "good"):
            count = sum(each.state == state for each in own)
            width = round((BARS - NAMED - 40) * count / max(1, most), 1)
            if count:
                parts.append({"state": state, "count": count, "x": x, "width": width})
            x = round(x + width, 1)
        found.append({"tier": tier, "count": len(own), "y": number * (BAR + GAP), "end": x,
                      "parts": parts})  # fmt: skip
    return found


def _months(governed: Sequence[Governed]) -> list[dict[str, Any]]:
    """What ends in each of the next months, and what has ended, with its height."""
    if not governed:
        return []
    today = governed[0].today
    ends = [(end, True) for e in governed for a in e.assets if (end := a.ends()) is not None]
    ends += [
        (record.due_on, False)
        for each in governed
        for record in newest(each.records)
        if record.due_on is not None
    ]
    names = ["ended"]
    for number in range(MONTHS):
        month = today.month - 1 + number
        names.append(f"{today.year + month // 12}-{month % 12 + 1:02d}")
    sums = {name: [0, 0] for name in names}
    for day, is_asset in ends:
        name = "ended" if day < today else day.strftime("%Y-%m")
        if name in sums:
            sums[name][0 if is_asset else 1] += 1
    most = max((sum(pair) for pair in sums.values()), default=0)
    step = (WIDTH - LEFT) / len(names)
    return [
        {
            "name": name, "assets": assets, "records": records, "x": round(LEFT + n * step + 3, 1),
            "width": round(step - 6, 1),
            "assets_high": round((HEIGHT - 24) * assets / max(1, most), 1),
            "records_high": round((HEIGHT - 24) * records / max(1, most), 1),
        }
        for n, (name, (assets, records)) in enumerate(sums.items())
    ]  # fmt: skip


def _cells(row: Row) -> tuple[str, ...]:
    asset = row.asset
    holes = " ".join(f"{hole.name} ({hole.severity})" for hole in asset.open_holes)
    return (
        row.partner.name, row.partner.stage, asset.kind, asset.name, asset.owner, asset.supplier,
        asset.version, str(asset.certificate_until or ""), str(asset.domain_until or ""),
        str(row.parts), holes, row.risk, asset.origin, asset.seen_at.date().isoformat(),
        asset.seen_by,
    )  # fmt: skip
