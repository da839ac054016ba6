"""Work on one contract inside a unit: its days, what is done to it, the postings, its history."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from enscene.kernel.errors import Conflict
from enscene.ledger import Account
from enscene.shelf.contracts.books import POSTINGS, BookSet
from enscene.shelf.contracts.contract import OPEN, Contract
from enscene.shelf.lives import Life, Step

PAY = "pay"
Works = dict[str, Any]
Do = Callable[[Life], list[Step]]


Inside = dict[tuple[str, str, str, str], int]
"""Sums between books of the bank, by (product, debited book, credited book, what)."""


def work_on(
    works: Works,
    unit: int,
    contract: Contract,
    books: BookSet,
    pay: int | None,
    day: date,
    do: Do,
    inside: Inside | None = None,
) -> list[Step]:
    """Bring the contract to `day`, then do something to it; all that happened.

    `pay` is the account on the customer's side. With `inside`, what moves between books alone is
    gathered there, to be posted once for many contracts. Raises: Conflict (it is not open), what
    `do` raises, InsufficientFunds.
    """
    if contract.state != OPEN:
        raise Conflict("the contract is closed", code="contract.not_open")
    works["contract"].change(unit, contract)
    steps = contract.close_to(day)
    if contract.life is not None:
        # What the days did belongs to them, also where it ends the contract.
        steps += [] if contract.life.ended else do(contract.life)
    post_steps(works, unit, books, contract.tenant, pay, steps, inside)
    contract.note(unit, steps)
    return steps


def post_steps(
    works: Works,
    unit: int,
    books: BookSet,
    tenant: int,
    pay: int | None,
    steps: Iterable[Step],
    inside: Inside | None = None,
) -> None:
    """Post what the steps move. Raises: InsufficientFunds."""
    book = works["ledger"]

    def account(name: str) -> Account:
        if name == PAY:
            assert pay is not None, "a step that moves money of the customer needs an account"
        found: Account = book.account(tenant, pay if name == PAY else books.ids[name])
        return found

    for step in steps:
        for dr, cr, amount in _moves(step):
            if inside is not None and PAY not in (dr, cr):
                key = (books.product, dr, cr, step.what)
                inside[key] = inside.get(key, 0) + amount
            else:
                flow = f"{books.product}.{step.what}"
                book.post(unit, account(dr), account(cr), amount, flow)


def _moves(step: Step) -> list[tuple[str, str, int]]:
    """What a step posts: (debited, credited, minor units). An instalment is one line of the
    customer's account: the first book takes or gives the whole, and shares it with the others."""
    moves: list[tuple[str, str, int]] = []
    whole: dict[bool, int] = {}
    for part, dr, cr in POSTINGS.get(step.what, ()):
        amount: int = getattr(step, part)
        if not amount:
            continue
        first = whole.get(dr == PAY) if PAY in (dr, cr) else None
        if first is None:
            if PAY in (dr, cr):
                whole[dr == PAY] = len(moves)
            moves.append((dr, cr, amount))
            continue
        debited, credited, so_far = moves[first]
        moves[first] = (debited, credited, so_far + amount)
        between = (credited, cr) if dr == PAY else (dr, debited)
        if between[0] != between[1]:
            moves.append((*between, amount))
    return moves
