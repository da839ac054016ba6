"""Read a list of firms as it comes out of a spreadsheet, and tell of every line what is wrong."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from enscene.kernel.errors import Conflict, EnsceneError, Invalid
from enscene.kernel.ids import new_uuid
from enscene.operations.firms import store
from enscene.operations.firms.firm_list import FirmOrder
from enscene.operations.tenancy.ask_tenant import check_name
from enscene.tenants import Tenant
from enscene.tenants.plans import check_manager, find_plan
from enscene.tenants.store import Pool, admitted
from enscene.tenants.tenant import check_ref, place_of

LINES_MOST = 10_000
TITLE_MOST = 80
FAULTS_MOST = 200
_HEADS = {"ref": "ref", "代号": "ref", "name": "name", "名称": "name", "企业名称": "name"}


@dataclass(frozen=True, slots=True)
class Firm:
    """A line that can be taken; `known`: this firm is there already, as the list has it."""

    n: int
    ref: str
    name: str
    known: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line. `column` is `ref` or `name`, or "" where it is the whole line;
    `other` is the line that has the same ref before it, 0 for none."""

    n: int
    column: str
    code: str
    text: str = ""
    other: int = 0


async def check_lines(
    pool: Pool, parent: Tenant, plan: str, text: str
) -> tuple[list[Firm], list[Fault]]:
    """The firms, and everything that is wrong with lines (of which the first 200 are told).

    `text` is CSV with commas, semicolons or tabs, or cells as they are copied out of a spreadsheet;
    its first line names the columns `ref` and `name` (代号, 名称) in any order, others are left
    alone. Empty lines are skipped.
    Raises: Invalid("firms.head", "firms.empty", "firms.too_many").
    """
    firms, faults = _parse(text)
    taken = await store.read_taken(pool, [firm.ref for firm in firms])
    good = []
    for firm in firms:
        row = taken.get(firm.ref)
        if row is None:
            good.append(firm)
        elif is_same(row, parent.id, plan, firm.name):
            good.append(Firm(firm.n, firm.ref, firm.name, known=True))
        else:
            faults.append(Fault(firm.n, "ref", "tenant.exists", firm.ref))
    faults.sort(key=lambda fault: fault.n)
    return good, faults[:FAULTS_MOST]


def is_same(row: asyncpg.Record, parent: int, plan: str, name: str) -> bool:
    """Whether the tenant of a ref is the firm that a list means."""
    return (row["parent"], row["plan"], row["name"], row["state"]) == (parent, plan, name, "open")


def _parse(text: str) -> tuple[list[Firm], list[Fault]]:
    text = text.removeprefix("\ufeff")
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max("\t;,", key=first.count)
    reader = csv.reader(text.splitlines(), delimiter=delimiter)
    firms: list[Firm] = []
    faults: list[Fault] = []
    places: dict[str, int] = {}
    seen: dict[str, int] = {}
    try:
        lines = 0
        for cells in reader:
            n, cells = reader.line_num, [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if not places:
                places = _head(cells)
            elif lines >= LINES_MOST:
                raise Invalid(
                    f"a list has at most {LINES_MOST} firms", code="firms.too_many", param="lines",
                    facts={"most": LINES_MOST},
                )  # fmt: skip
            else:
                lines += 1
                _line(n, cells, places, seen, firms, faults)
    except csv.Error:
        raise Invalid("this is no CSV", code="firms.head", param="lines") from None
    if not firms and not faults:
        raise Invalid("there is no firm in it", code="firms.empty", param="lines")
    return firms, faults


def _head(cells: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        if name := _HEADS.get(cell.lower()):
            places.setdefault(name, place)
    if set(places) != {"ref", "name"}:
        raise Invalid(
            "the first line names the columns ref and name", code="firms.head", param="lines",
            hint="ref,name",
        )  # fmt: skip
    return places


def _line(
    n: int, cells: Sequence[str], places: dict[str, int], seen: dict[str, int],
    firms: list[Firm], faults: list[Fault],
) -> None:  # fmt: skip
    if len(cells) <= max(places.values()):
        faults.append(Fault(n, "", "firms.cells"))
        return
    ref, name = cells[places["ref"]], cells[places["name"]]
    wrong = [
        Fault(n, column, code, value[:40])
        for column, value, check in (("ref", ref, check_ref), ("name", name, check_name))
        if (code := _code(check, value))
    ]
    if not wrong and ref in seen:
        wrong.append(Fault(n, "ref", "firms.twice", ref, seen[ref]))
    seen.setdefault(ref, n)
    faults += wrong
    if not wrong:
        firms.append(Firm(n, ref, name))


def _code(check: Callable[[str], None], value: str) -> str:
    try:
        check(value)
    except EnsceneError as error:
        return error.code
    return ""


async def ask_list(
    pool: Pool, parent: Tenant, order: FirmOrder, text: str, packs: Container[str], who: str
) -> tuple[UUID | None, list[Fault]]:
    """Ask for a list; nothing is kept where a line is wrong: then the number is None.

    Raises: Invalid (the order, as for one tenant; "firms.title"; as `check_lines`),
    Conflict("firms.waiting") where the same list waits or runs.
    """
    title = order.title.strip()
    if not 1 <= len(title) <= TITLE_MOST or not title.isprintable():
        raise Invalid(
            f"a list is called something, in at most {TITLE_MOST} characters", code="firms.title",
            param="title",
        )  # fmt: skip
    plan = find_plan(order.plan)
    manager = check_manager(plan, order.manager)
    place_of(parent, order.level)
    if order.pack not in packs if order.pack or plan.scene else False:
        raise Invalid("choose the template of its first scene", code="tenant.pack", param="pack")
    firms, faults = await check_lines(pool, parent, order.plan, text)
    if faults:
        return None, faults
    number = new_uuid()
    parts = (order.plan, order.level, order.pack, *(f"{each.ref}\t{each.name}" for each in firms))
    digest = hashlib.sha256("\n".join(parts).encode()).digest()
    try:
        async with admitted(pool, parent.id) as connection:
            await store.insert_list(
                connection, parent.id, number, title, order.level, order.plan, manager, order.pack,
                digest, who, lines=[(each.n, each.ref, each.name) for each in firms],
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Conflict("the same list waits or runs", code="firms.waiting") from None
    return number, []
