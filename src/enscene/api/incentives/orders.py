"""Bodies of requests about incentives."""

from __future__ import annotations

import msgspec

from enscene.api.launch.orders import Long, Short
from enscene.operations.incentives import RuleOrder, WantedMeasure, WantedShare


class MeasureBody(msgspec.Struct, forbid_unknown_fields=True):
    """A figure that pays."""

    figure: Short
    scenes: list[Short]
    amount: Short
    least: Short = ""
    per: Short = ""
    months_after: int = 0


class ShareBody(msgspec.Struct, forbid_unknown_fields=True):
    """A unit and its basis points."""

    kind: Short
    points: int
    name: Short = ""


class RuleBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/incentives/rules`."""

    ref: Short
    name: Short
    says: Long
    first_month: Short
    last_month: Short
    ceiling: Short
    measures: list[MeasureBody]
    shares: list[ShareBody]
    currency: Short = ""

    def order(self) -> RuleOrder:
        """What is asked."""
        return RuleOrder(
            self.ref, self.name, self.says, self.first_month, self.last_month, self.ceiling,
            [
                WantedMeasure(m.figure, m.scenes, m.amount, m.least, m.per, m.months_after)
                for m in self.measures
            ],
            [WantedShare(each.kind, each.name, each.points) for each in self.shares],
            self.currency,
        )  # fmt: skip


class RunBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/incentives/runs`."""

    month: Short
