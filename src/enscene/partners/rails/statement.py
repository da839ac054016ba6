"""The day's statement of a partner's sandbox account, as a file to compare one's own books with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from enscene.kernel.clock import format_time, local_day
from enscene.kernel.errors import Conflict
from enscene.kernel.ids import public_id
from enscene.kernel.money import format_money, minor_digits
from enscene.kernel.spreadsheet import write_csv
from enscene.ledger.read_statement import read_balance_at
from enscene.partners.rails import store
from enscene.partners.rails.payment import PREFIX, day_begins
from enscene.partners.rails.rails import Rails
from enscene.partners.store import Pool, Row, admitted

HEAD = (
    "line", "day", "at", "entry", "payment", "kind", "said", "reason", "reference",
    "counter_account", "amount", "balance", "currency",
)  # fmt: skip
"""As camt.053 has them: a line OPBD, one BOOK for each entry, a line CLBD."""
FIRST_DAY = date(2000, 1, 1)
CSV_TYPE = "text/csv; charset=utf-8"
_MOMENT = timedelta(microseconds=1)


async def write_statement(
    pool: Pool, rails: Rails, tenant: int, app: int, day: date, currency: str
) -> bytes:
    """The CSV of a day that is over by the sandbox's clock. Amounts are signed: what came to the
    account is above nothing.

    Raises: Forbidden("rails.not_sandbox"), Conflict("rails.day_open"), Invalid (the currency).
    """
    sandbox = await rails.sandbox(tenant)
    minor_digits(currency)
    today = local_day(await rails.now(sandbox), sandbox.zone)
    if day >= today:
        raise Conflict(
            "the day is not over by the sandbox's clock",
            code="rails.day_open",
            facts={"today": today.isoformat()},
            hint="move the clock to the next day first",
        )
    async with admitted(pool, tenant, readonly=True) as connection:
        entries: Sequence[Row] = ()
        opening = 0
        account = await store.read_funds(connection, tenant, app, currency)
        if account is not None and day >= FIRST_DAY:
            since = day_begins(day, sandbox.zone)
            until = day_begins(day + timedelta(days=1), sandbox.zone)
            opening = await read_balance_at(connection, tenant, account, since - _MOMENT)
            entries = await store.read_entries(connection, tenant, account, since, until)
    closing = entries[-1]["balance"] if entries else opening
    rows = [
        _line("OPBD", day, opening, currency),
        *(_entry(day, entry, currency) for entry in entries),
        _line("CLBD", day, closing, currency),
    ]
    return write_csv(HEAD, rows, mark=False)  # all of it is ASCII


async def statement_days(
    pool: Pool, rails: Rails, tenant: int, app: int, *, limit: int
) -> list[tuple[date, list[str]]]:
    """Finished days on which something happened, newest first, with the currencies of their
    statements. Raises: Forbidden("rails.not_sandbox")."""
    sandbox = await rails.sandbox(tenant)
    begun = day_begins(local_day(await rails.now(sandbox), sandbox.zone), sandbox.zone)
    async with admitted(pool, tenant, readonly=True) as connection:
        return await store.read_days(connection, tenant, app, sandbox.zone, begun, limit)


def statement_disposition(day: date, currency: str) -> str:
    """The Content-Disposition by which the file of a day gets its name."""
    return f'attachment; filename="statement-{day.isoformat()}-{currency}.csv"'


def _line(name: str, day: date, balance: int, currency: str) -> list[str]:
    return [name, day.isoformat(), *[""] * 9, format_money(balance, currency), currency]


def _entry(day: date, entry: Row, currency: str) -> list[str]:
    at: datetime = entry["at"]
    named = entry["payment"] is not None and entry["flow"] != "rails.opening"
    about = [
        public_id(PREFIX, entry["payment"]), entry["kind"], entry["said"], entry["reason"] or "",
        entry["reference"], entry["counter_account"],
    ] if named else ["", "opening", "", "", "", ""]  # fmt: skip
    return [
        "BOOK", day.isoformat(), format_time(at.astimezone(UTC)), f"{entry['seq']}.{entry['n']}",
        *about, format_money(entry["amount"], currency), format_money(entry["balance"], currency),
        currency,
    ]  # fmt: skip
