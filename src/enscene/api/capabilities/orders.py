"""What the requests of the capabilities say."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

Ref = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
Word = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Words = Annotated[list[Word], Meta(max_length=20)]
Ahead = Annotated[int, Meta(ge=1, le=90)]


class Of(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Things of a scene: which type, the field of their amount (None: the first with money), the
    states that don't count."""

    scene: Ref
    thing: Word
    amount: Word | None = None
    without: Words = []


class SalesOrder(Of, forbid_unknown_fields=True, kw_only=True):
    """`POST /v1/capabilities/sales-forecast`."""

    days: Ahead = 14


class RepurchaseOrder(Of, forbid_unknown_fields=True, kw_only=True):
    """`POST /v1/capabilities/repurchase`. `customer` is the field that names who bought."""

    customer: Word | None = None
    limit: Annotated[int, Meta(ge=0, le=200)] = 0


class RiskOrder(Of, forbid_unknown_fields=True, kw_only=True):
    """`POST /v1/capabilities/risk`: how `party` has paid the things that name it in `customer`.

    They are due on the day of the field `due`, else `within` days after they were born.
    """

    party: Ref
    paid: Annotated[list[Word], Meta(min_length=1, max_length=20)]
    customer: Word | None = None
    due: Word | None = None
    within: Annotated[int, Meta(ge=0, le=365)] = 30


class KnownOrder(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Open things whose money is still to come in, or to go out: on the day of the field `due`,
    else when their timer fires."""

    thing: Word
    direction: Literal["in", "out"]
    amount: Word | None = None
    due: Word | None = None
    without: Words = []


class CashOrder(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`POST /v1/capabilities/cash-flow`. `party` is whose account it is (None: the caller's own);
    `except_flows` are flows of the past that are not usual, or stand in `known` already."""

    scene: Ref
    account: Word
    party: Ref | None = None
    days: Ahead = 30
    known: Annotated[list[KnownOrder], Meta(max_length=10)] = []
    except_flows: Annotated[list[Annotated[str, Meta(max_length=128)]], Meta(max_length=50)] = []


Order: TypeAlias = SalesOrder | RepurchaseOrder | RiskOrder | CashOrder
