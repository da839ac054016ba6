"""An outside scene in the bank's own app, and the contract that it stands on, without a database."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

from enscene.kernel.errors import Invalid, NotFound
from enscene.kernel.ids import public_id, uuid_of
from enscene.partners.inventory import Asset
from enscene.partners.partner import Partner

Direction = Literal["in", "out"]
Payer = Literal["bank", "partner"]
CLASSES = ("takeaway", "taxi", "shopping", "travel", "other")
SHOWN = ("page", "frame")
IN_KINDS, OUT_KINDS = ("none", "visit", "order", "fixed"), ("none", "customer", "fixed")
PAYERS: tuple[Payer, ...] = ("bank", "partner")
PREFIX = "ent"
URL_MOST = 300
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`origin` is that of `url`, as a browser writes it. In `page` the customer goes there, in
    `frame` it stands inside a page of the bank."""

    id: UUID
    partner: UUID
    title_zh: str
    title_en: str
    class_: str
    url: str
    origin: str
    shown: Literal["page", "frame"]
    position: int
    state: Literal["proposed", "open", "refused", "closed"]
    made_by: str
    made_at: datetime
    decided_by: str | None
    decided_at: datetime | None

    @property
    def number(self) -> str:
        """What it is called outside: `ent_…`."""
        return public_id(PREFIX, self.id)

    def title(self, language: str) -> str:
        """In `zh` or `en`."""
        return self.title_en if language == "en" else self.title_zh


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A version of the contract with a partner, for both directions. Prices in minor units: of a
    visit, an order or a customer, or a fixed sum of each month. `share_most` is the percent of all
    visits above which the bank depends too much on one partner."""

    partner: UUID
    version: int
    number: str
    starts: date
    currency: str
    in_kind: str
    in_minor: int
    in_payer: Payer
    out_kind: str
    out_minor: int
    out_payer: Payer
    out_scenes: tuple[str, ...]
    share_most: int
    state: Literal["proposed", "agreed", "refused"]
    made_by: str
    made_at: datetime
    decided_by: str | None
    decided_at: datetime | None

    def price(self, direction: Direction) -> tuple[str, int, Payer]:
        """What is counted, what one costs, and who pays."""
        if direction == "in":
            return self.in_kind, self.in_minor, self.in_payer
        return self.out_kind, self.out_minor, self.out_payer


def in_force(terms: list[Terms], day: date) -> Terms | None:
    """Of one partner's versions the one that holds on a day."""
    held = [each for each in terms if each.state == "agreed" and each.starts <= day]
    return max(held, key=lambda each: (each.starts, each.version), default=None)


def entry_id(text: str) -> UUID:
    """The number inside `ent_…`. Raises: NotFound."""
    try:
        if not text.startswith(f"{PREFIX}_"):
            raise entry_not_found()
        return uuid_of(text)
    except Invalid:
        raise entry_not_found() from None


def entry_not_found() -> NotFound:
    """There is no such entry, or it is not open, or another's."""
    return NotFound("there is no such entry", code="brought_in.entry_not_found", param="entry")


def origin_of(url: str, *, sandbox: bool, param: str = "url") -> str:
    """The origin of an address: https, and in a sandbox http on loopback; written as browsers do.

    Raises: Invalid("brought_in.address").
    """
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > URL_MOST:
        raise _bad(f"an address is at most {URL_MOST} visible ASCII characters", param)
    try:
        parts = urlsplit(url)
        host, port, user = parts.hostname or "", parts.port, parts.username
    except ValueError:
        raise _bad("the address cannot be read", param) from None
    if user is not None or parts.password is not None or "#" in url or "\\" in url:
        raise _bad("an address has no user, no fragment and no backslash", param)
    local = sandbox and parts.scheme == "http" and host == "127.0.0.1"
    if not local and (parts.scheme != "https" or _is_number(host)):
        raise _bad("an address is https:// of a name; in a sandbox http://127.0.0.1 too", param)
    if not _HOST.fullmatch(host):
        raise _bad("the address names no host", param)
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if port in (None, usual) else f":{port}")


def _is_number(host: str) -> bool:
    # A browser reads `2130706433` and `127.1` as addresses as well.
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(re.fullmatch(r"[0-9.]+|0x[0-9a-f.x]*", host)) or "." not in host
    return True


def own_origins(partner: Partner, assets: list[Asset], *, sandbox: bool) -> frozenset[str]:
    """The origins that a partner has named as its own: where customers are led back to, where it
    takes events, and the domains in the inventory."""
    urls = [*partner.redirect_uris, *([partner.webhook_url] if partner.webhook_url else [])]
    urls += [f"https://{asset.name}" for asset in assets if asset.kind == "domain"]
    found = set()
    for url in urls:
        try:
            found.add(origin_of(url.split("#")[0], sandbox=sandbox))
        except Invalid:
            continue
    return frozenset(found)


def _bad(detail: str, param: str) -> Invalid:
    return Invalid(detail, code="brought_in.address", param=param)
