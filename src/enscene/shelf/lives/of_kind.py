"""Which life a product's contracts have."""

from __future__ import annotations

from datetime import date

import msgspec

from enscene.shelf.lives.covering import Cover, CoverBody
from enscene.shelf.lives.holding import Benefit, BenefitBody, Wealth, WealthBody
from enscene.shelf.lives.lending import Lending, LendingBody
from enscene.shelf.lives.life import Life, Opened
from enscene.shelf.lives.saving import Demand, DemandBody, Term, TermBody
from enscene.shelf.lives.serving import Service, ServiceBody

Body = LendingBody | TermBody | DemandBody | CoverBody | WealthBody | BenefitBody | ServiceBody
_decode = msgspec.json.Decoder(Body).decode


def new_life(kind: str, opened: Opened, day: date) -> Life:
    """The life of a contract of a product of this kind, opened on `day`. Raises: Invalid."""
    match kind:
        case "loan" | "credit_line":
            return Lending.new(opened, day, line=kind == "credit_line")
        case "deposit":
            return Term.new(opened, day) if opened.months else Demand.new(opened, day)
        case "insurance":
            return Cover.new(opened, day)
        case "wealth":
            return Wealth.new(opened, day)
        case "benefit":
            return Benefit.new(opened, day)
        case "currency":
            return Service.new(opened, day, once=True)
        case _:
            return Service.new(opened, day)


def load_life(text: str | bytes) -> Life:
    """The life that was kept as JSON."""
    body: Body = _decode(text)
    match body:
        case LendingBody():
            return Lending(body)
        case TermBody():
            return Term(body)
        case DemandBody():
            return Demand(body)
        case CoverBody():
            return Cover(body)
        case WealthBody():
            return Wealth(body)
        case BenefitBody():
            return Benefit(body)
        case ServiceBody():
            return Service(body)
