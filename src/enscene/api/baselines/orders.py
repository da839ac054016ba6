"""Bodies of requests about what services were before."""

from __future__ import annotations

import msgspec

from enscene.api.launch.orders import Long, Short
from enscene.kernel.clock import parse_day
from enscene.operations.baselines import BaselineOrder


class BaselineBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/baselines/{scene}`."""

    side: Short
    day: Short
    cases: int
    source: Short
    service: Short = ""
    minutes: Short = ""
    steps: Short = ""
    cost: Short = ""
    errors: Short = ""
    currency: Short = ""
    note: Long = ""

    def order(self) -> BaselineOrder:
        """Raises: Invalid (`day`)."""
        return BaselineOrder(
            self.service, self.side, parse_day(self.day, param="day"), self.cases, self.source,
            self.minutes, self.steps, self.cost, self.errors, self.note,
        )  # fmt: skip


class WithdrawBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/withdraw`."""

    why: Long
