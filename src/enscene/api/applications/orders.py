"""Bodies of requests about applications."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from enscene.engagement.applications import Wish
from enscene.kernel.errors import Invalid
from enscene.kernel.money import parse_money

Name = Annotated[str, Meta(min_length=1, max_length=64)]
Key = Annotated[str, Meta(min_length=1, max_length=200)]
Short = Annotated[str, Meta(max_length=200)]
Money = Annotated[str, Meta(max_length=24)]


class About(msgspec.Struct, forbid_unknown_fields=True):
    """A thing of the scene."""

    thing: Name
    key: Key


class Begin(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/{scene}/applications`."""

    product: Name
    amount: Money | None = None
    months: Annotated[int, Meta(ge=1, le=480)] | None = None
    about: About | None = None
    offer: Annotated[str, Meta(max_length=36)] | None = None
    fields: dict[Name, Short] = {}
    claims: dict[Name, Short] = {}

    def wish(self, currency: str) -> Wish:
        """As the bank reads it. Raises: Invalid."""
        try:
            offer = None if self.offer is None else UUID(self.offer)
        except ValueError:
            raise Invalid(
                "an offer is named by a UUID", code="id.malformed", param="offer"
            ) from None
        if len(self.fields) > 20 or len(self.claims) > 20:
            raise Invalid("at most 20 fields", code="invalid.too_large", param="fields")
        amount = None
        if self.amount is not None:
            amount = parse_money(self.amount, currency, param="amount")
            if amount <= 0:
                raise Invalid("an amount is above zero", code="money.bad_amount", param="amount")
        return Wish(
            product=self.product,
            amount=amount,
            months=self.months,
            about=None if self.about is None else (self.about.thing, self.about.key),
            offer=offer,
            fields=self.fields,
            claims=self.claims,
        )


class Complete(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/fields` and `POST …/decide`: what nobody knew yet."""

    fields: dict[Name, Short] = {}


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """A request that needs no body."""


class Confirm(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/confirm`: the code that came to the customer's telephone."""

    code: Annotated[str, Meta(max_length=20)] | None = None


class CallIn(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/call_in`: a relationship manager; `insists` when a machine's answer is not enough."""

    kind: Literal["chat", "call_back"] = "chat"
    said: Annotated[str, Meta(max_length=1_000)] = ""
    insists: bool = False


class Say(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/talk`."""

    said: Annotated[str, Meta(min_length=1, max_length=1_000)]
