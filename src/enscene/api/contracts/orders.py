"""Bodies of requests about contracts."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from enscene.kernel.errors import Invalid
from enscene.kernel.money import parse_money
from enscene.shelf.interest import rate_ppm

Money = Annotated[str, Meta(max_length=20)]
Word = Annotated[str, Meta(min_length=1, max_length=128)]


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """What is done to a contract. Each verb wants some of these: see the document."""

    amount: Money | UnsetType = UNSET
    about: Word | UnsetType = UNSET
    event: Word | UnsetType = UNSET
    months: Annotated[int, Meta(ge=1, le=480)] | UnsetType = UNSET
    rate: Annotated[str, Meta(max_length=12)] | UnsetType = UNSET
    keep: Annotated[str, Meta(pattern="^(instalment|months)$")] | UnsetType = UNSET
    net_value: Annotated[str, Meta(pattern=r"^[0-9]{1,6}(\.[0-9]{1,4})?$")] | UnsetType = UNSET
    on: date | UnsetType = UNSET


class PayIn(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/sandbox/customers/{ref}/account`: money from the rest of the bank."""

    amount: Money
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "CNY"


class Opened(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/customers/{ref}/contracts`: a product that is not lent. `amr`: how the channel made
    sure of its customer."""

    product: Word
    amount: Money | None = None
    months: Annotated[int, Meta(ge=1, le=480)] | None = None
    at_maturity: Word | None = None
    quote: Word | None = None
    about: Annotated[str, Meta(max_length=128)] = ""
    amr: Annotated[list[Word], Meta(max_length=8)] = []


class ExchangeOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/customers/{ref}/exchange_quotes`."""

    amount: Money
    buy: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    sell: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "CNY"
    product: Word = "fx_purchase"


class ShareOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`PUT /v1/customers/{ref}/household/{viewer}`."""

    granted: bool


class SuitabilityOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`PUT /v1/customers/{ref}/suitability`: an answer from 1 to 5 for every question."""

    answers: dict[Word, Annotated[int, Meta(ge=1, le=5)]]


class RateOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`PUT /v1/exchange_rates/{sell}/{buy}`."""

    rate: Annotated[str, Meta(max_length=20)]


CUSTOMERS = frozenset(
    {"repay", "draw", "take_out", "pay_in", "claim", "use", "subscribe", "redeem", "close"}
)
"""What customers do themselves."""
BANKS = frozenset(
    {"restructure", "write_off", "recover", "grant", "value", "pay_claim", "decline_claim",
     "give_back"}
)  # fmt: skip
"""What the bank does."""


def arguments_of(order: Order, currency: str) -> dict[str, Any]:
    """The arguments of a verb. Raises: Invalid, with the field."""
    found: dict[str, Any] = {}
    for name in ("about", "event", "months", "keep"):
        value = getattr(order, name)
        if value is not UNSET:
            found[name] = value
    if order.amount is not UNSET:
        found["amount"] = positive(order.amount, currency)
    if order.rate is not UNSET:
        found["rate_ppm"] = rate_ppm(order.rate, param="rate")
    if order.net_value is not UNSET:
        whole, _, part = order.net_value.partition(".")
        found["net_value"] = int(whole) * 10_000 + int(part.ljust(4, "0") or 0)
    if order.on is not UNSET:
        found["on"] = order.on.isoformat()
    return found


def in_fields_of_body(verb: str, error: Invalid) -> Invalid:
    """An error about the arguments of a verb, in the names that a body has for them: what the bank
    alone may choose is no field."""
    named = {"rate_ppm": "rate"}
    known = error.facts.get("takes")
    names = [named.get(name, name) for name in known] if isinstance(known, list) else []
    takes = [name for name in names if name in Order.__struct_fields__]
    wanted = ", ".join(takes) or "nothing"
    return Invalid(f"{verb} takes {wanted}", code=error.code, facts={"takes": takes})


def positive(text: str, currency: str) -> int:
    """Minor units above zero. Raises: Invalid."""
    minor = parse_money(text, currency, param="amount")
    if minor <= 0:
        raise Invalid("an amount is more than nothing", code="shelf.bad_amount", param="amount")
    return minor
