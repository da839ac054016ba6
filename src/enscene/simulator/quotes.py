"""What the API must say of a price, worked out from the shelf's files; field by field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from enscene.kernel.money import format_money, parse_money
from enscene.simulator._expressions import portion, share_of
from enscene.simulator.book import Book, type_of
from enscene.simulator.knowledge import Customer, judge_rules
from enscene.simulator.loans import Loan, work_out
from enscene.simulator.shelf_book import CURRENCY, Shelf, ShelfProduct
from enscene.simulator.world import Thing

EXAMPLE = 1_000_000
"""An amount that is spoken of where nobody has named one, minor units."""
WITHIN = 0.0001 + 1e-9
"""A cost is told to the hundredth of a point, rounded up."""
_WORTH = ("price", "amount", "total", "fee", "sum")
_SERVES = "C"
Json = Mapping[str, Any]


def worth_of(book: Book, thing: str, found: Thing) -> int | None:
    """What a thing is worth, minor units: the first of its sums of money that says so."""
    money = [name for name, said in book.fields[thing].items() if type_of(said)[0] == "money"]
    for name in (*_WORTH, *money):
        if name in money and found.fields.get(name) is not None:
            return parse_money(found.fields[name], book.currency)
    return None


def loan_of(
    shelf: Shelf, scene: str, product: ShelfProduct, amount: int, months: int, today: date
) -> Loan:
    """What is lent at the prices of a scene."""
    rates = shelf.rates(scene, product.id)
    return work_out(
        amount, rates["rate"], rates.get("fee", Fraction(0)), today, months, product.repay,
        product.count,
    )  # fmt: skip


def application_quote(
    shelf: Shelf, scene: str, product: ShelfProduct, amount: int, months: int, today: date
) -> tuple[dict[str, Any], Loan]:
    """The quote of an application, but for its yearly cost, which is compared within bounds."""
    loan = loan_of(shelf, scene, product, amount, months, today)
    least, most = product.amount or (0, 0)
    rates = shelf.rates(scene, product.id)
    return {
        "kind": product.kind,
        "rates": {name: f"{float(rate * 100):.2f}%" for name, rate in rates.items()},
        "fee": _money(loan.fee),
        "premium": None,
        "interest": _money(loan.interest),
        "pays": _money(amount + loan.interest + loan.fee),
        "instalments": [
            {"due": due.day.isoformat(), "amount": _money(due.total)} for due in loan.dues
        ],
        "fixed": False,
        "months_choice": list(product.months),
        "least": _money(least),
        "most": _money(most),
        "documents": list(product.documents),
    }, loan


def without_cost(told: Json) -> dict[str, Any]:
    """A quote without its yearly cost."""
    return {name: value for name, value in told.items() if name != "annual_cost"}


def costs(told: Any, exact: float) -> bool:
    """Whether a cost that is told, "7.45%", is this one."""
    return isinstance(told, str) and abs(float(portion(told)) - exact) <= WITHIN


# -- the whole shelf -------------------------------------------------------------------------


def why_not(
    book: Book, shelf: Shelf, product: ShelfProduct, customer: Customer, amount: int, months: int
) -> tuple[bool | None, str]:
    """Whether a product fits a person of a scene, and the code of what speaks against it first;
    None and an empty code where the model cannot tell."""
    sector = book.sector
    mounted = product.id in book.products.values()
    fits = bool(set(book.serves) & set(product.serves)) and (
        not product.sectors or sector in product.sectors
    )
    if not fits and not mounted:
        return False, "not_in_scene"
    if not mounted:
        return False, "not_mounted"
    if _SERVES not in product.serves:
        return False, "not_for_kind"
    unsure = False
    for said in judge_rules(product, customer):
        if said.holds is False:
            return False, "" if unsure else said.code
        unsure = unsure or said.holds is None
    code = _against_wish(product, amount, months)
    if code:
        return False, "" if unsure else code
    return (None if unsure else True), ""


def _against_wish(product: ShelfProduct, amount: int, months: int) -> str:
    if product.amount is not None and product.kind != "insurance":
        if amount < product.amount[0]:
            return "amount_below"
        if amount > product.amount[1]:
            return "amount_above"
    termed = product.lends or (product.kind == "deposit" and product.months)
    return "no_such_term" if termed and months not in product.months else ""


def card_faults(
    shelf: Shelf, scene: str, product: ShelfProduct, told: Json, asked: tuple[int, int], day: date
) -> list[str]:
    """What is wrong with a product that is offered: the names of the fields."""
    amount, months = asked
    if product.amount is not None:
        amount = min(max(amount, product.amount[0]), product.amount[1])
    prices = shelf.rates(scene, product.id)
    right: dict[str, Any] = {
        "version": product.version,
        "kind": product.kind,
        "amount": _money(amount),
        "months": months if product.lends else told["months"],
        "example": False,
        "channels": list(product.channels),
        "embed": list(product.embed),
    }
    faults = [name for name, value in right.items() if told[name] != value]
    if [each["name"] for each in told["documents"]] != list(product.documents):
        faults.append("documents")
    named = {name: portion(told["prices"].get(name, "0")) for name in prices}
    if named != prices:
        faults.append("prices")
    if product.kind == "insurance":
        figures = {"cover": _money(amount), "premium": _money(share_of(amount, prices["premium"]))}
        faults += ["figures"] if told["figures"] != figures else []
    if product.lends:
        loan = loan_of(shelf, scene, product, amount, months, day)
        faults += _loan_faults(loan, told.get("loan") or {})
    return faults


def _loan_faults(loan: Loan, told: Json) -> list[str]:
    right = {
        "first": _money(loan.dues[0].total),
        "last": _money(loan.dues[-1].total),
        "interest": _money(loan.interest),
        "fee": _money(loan.fee),
    }
    faults = [name for name, value in right.items() if told.get(name) != value]
    for name, exact in (("annual_cost", loan.cost), ("annual_cost_simple", loan.simple)):
        if not costs(told.get(name), exact):
            faults.append(name)
    return faults


def _money(minor: int) -> str:
    return format_money(minor, CURRENCY)
