"""An authorization code is redeemed once, within a minute, by the application it was given to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from enscene.customers.authorizations import store
from enscene.customers.authorizations.answer_request import REDEEM_S, code_digest
from enscene.customers.authorizations.asked import Asked
from enscene.kernel.ids import new_uuid

__all__ = ["REDEEM_S", "Redeemed", "redeem_code"]


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What was found for a code. `earlier` is the family of tokens that was given for it before;
    `family` the one that may be given for it now."""

    app: int
    grant: int
    party: str
    asked: Asked
    jkt: str | None
    until: datetime
    family: UUID
    earlier: UUID | None

    @property
    def is_over(self) -> bool:
        return self.until <= datetime.now(UTC)


async def redeem_code(connection: store.Connection, tenant: int, code: str) -> Redeemed | None:
    """Use the code up, whatever comes of it: a second try finds the family of the first.

    Two that come at the same time are put in order by the row.
    """
    family = new_uuid()
    row = await store.use_code(connection, tenant, code_digest(code), family)
    if row is None:
        return None
    return Redeemed(
        row["app"], row["grant_id"], row["party"], msgspec.convert(row["asked"], Asked),
        row["jkt"], row["until"], family, row["earlier"],
    )  # fmt: skip
