"""A partner of a bank, and the stages that it goes through."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import public_id, uuid_of
from enscene.tenants.apps import Signing

Stage = Literal[
    "draft", "applied", "refused", "admitted", "sandbox", "proven", "live", "suspended", "left"
]
STAGES: tuple[Stage, ...] = (
    "draft", "applied", "refused", "admitted", "sandbox", "proven", "live", "suspended", "left",
)  # fmt: skip
NEXT: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"applied", "left"}),
    "applied": frozenset({"admitted", "refused", "left"}),
    "refused": frozenset({"applied", "left"}),
    "admitted": frozenset({"sandbox", "left"}),
    "sandbox": frozenset({"proven", "suspended", "left"}),
    "proven": frozenset({"sandbox", "live", "suspended", "left"}),
    "live": frozenset({"suspended", "left"}),
    "suspended": frozenset({"sandbox", "proven", "live", "left"}),
    "left": frozenset(),
}
"""Where each stage may lead. A suspension leads back to where it came from."""

PREFIX = "ptn"
ACCESS = "epk"
_ACCESS = re.compile(rf"{ACCESS}_([1-9][0-9]{{0,8}})_([A-Za-z0-9_-]{{43}})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """`tenant` is the bank; `settings` counts the changes of what a conformance run is good for;
    `sandbox` is the tenant of the application `sandbox_app`. `answers`, `findings` and `leaving`
    are as they lie in the database, `access` is the digest of the access key. `admitted_at` is the
    last admission or renewal; while `renewing` the questions are asked anew. Times are real ones."""

    tenant: int
    id: UUID
    ref: str
    name: str
    contact: str
    email: str
    purpose: str
    level: Literal["A1", "A2"]
    scopes: tuple[str, ...]
    webhook_url: str | None
    redirect_uris: tuple[str, ...]
    signing: Signing | None
    software: str
    settings: int
    stage: Stage
    round: int
    standard: str | None
    answers: Mapping[str, Mapping[str, Any]]
    findings: Mapping[str, Mapping[str, Any]]
    access: bytes | None = field(repr=False)
    hook: bytes | None
    hook_before: bytes | None
    sandbox: int | None
    sandbox_app: int | None
    live_app: int | None
    live_keys: list[dict[str, Any]] | None
    leaving: Mapping[str, Mapping[str, Any]]
    made_at: datetime
    admitted_at: datetime | None
    renewing: bool

    @property
    def number(self) -> str:
        """What it is called outside: `ptn_…`."""
        return public_id(PREFIX, self.id)

    @property
    def app_name(self) -> str:
        """The name of its application at the bank."""
        return f"partner-{self.ref}"

    @property
    def sandbox_app_name(self) -> str:
        """The name of its application in the sandbox, which may be of the same tenant."""
        return f"partner-{self.ref}-test"

    @property
    def live_redirects(self) -> tuple[str, ...]:
        """Where customers of the bank itself are led back to: no machine of a developer."""
        return tuple(uri for uri in self.redirect_uris if uri.startswith("https:"))

    @property
    def live_signing(self) -> Signing:
        """How its application at the bank signs: funds and account data are not for unsigned ones."""
        return self.signing or ("message" if self.level == "A2" else "none")

    @property
    def editable(self) -> bool:
        """Whether the application may be filled in."""
        return self.stage in ("draft", "refused") or self.renewing


COLUMNS = ", ".join(Partner.__slots__)


def partner_of(row: Mapping[str, Any]) -> Partner:
    """A partner from its row."""
    values = {name: row[name] for name in Partner.__slots__}
    for name in ("scopes", "redirect_uris"):
        values[name] = tuple(values[name])
    return Partner(**values)


def check_step(partner: Partner, stage: Stage) -> None:
    """Whether the partner may go on to a stage. Raises: Conflict("partner.stage")."""
    if stage not in NEXT[partner.stage]:
        raise Conflict(
            f"a partner that is {partner.stage} cannot become {stage}",
            code="partner.stage",
            facts={"stage": partner.stage, "wanted": stage},
        )


def partner_id(text: str) -> UUID:
    """The number inside `ptn_…`. Raises: NotFound."""
    try:
        if not text.startswith(f"{PREFIX}_"):
            raise not_found()
        return uuid_of(text)
    except Invalid:
        raise not_found() from None


def new_access_key(tenant: int) -> str:
    """A secret with which a partner's people and programs open the portal."""
    return f"{ACCESS}_{tenant}_{secrets.token_urlsafe(32)}"


def access_of(key: str) -> tuple[int, bytes] | None:
    """The tenant that an access key names, and its digest; None when it has another form."""
    match = _ACCESS.fullmatch(key)
    return (int(match[1]), hashlib.sha256(key.encode()).digest()) if match else None


def not_found() -> NotFound:
    """There is no such partner, or it is another's."""
    return NotFound("there is no such partner", code="partner.not_found", param="partner")
