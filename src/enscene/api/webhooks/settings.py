"""What the bank sets for webhooks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network

from enscene.api.webhooks.target import Rules
from enscene.storage import StorageFault
from enscene.storage.errors import MISCONFIGURED

PORTS, LOOPBACK, DENIED = (
    "ENSCENE_WEBHOOK_PORTS", "ENSCENE_WEBHOOK_LOOPBACK", "ENSCENE_WEBHOOK_DENIED",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """Times in seconds. `whole_s` is from the first byte to the last of one delivery, with finding
    the address and connecting; it is well below `lease_s`, after which a delivery that was never
    heard of again is made anew. An endpoint that has failed for `disable_after` is given up.

    Of all deliveries under way `quick_most` may be to endpoints that answer, `slow_most` to those
    that fail, are slow, or have not been met yet: these wait for each other alone.
    """

    rules: Rules = field(default_factory=Rules)
    connect_s: float = 5.0
    whole_s: float = 15.0
    lease_s: float = 60.0
    disable_after: timedelta = timedelta(days=5)
    keep: timedelta = timedelta(days=30)
    quick_most: int = 256
    slow_most: int = 64
    each_most: int = 32
    slow_s: float = 2.0


def webhook_settings(environment: Mapping[str, str] = os.environ) -> WebhookSettings:
    """From ENSCENE_WEBHOOK_PORTS ("443,8443"), ENSCENE_WEBHOOK_LOOPBACK (names of this machine that
    sandboxes may call, such as "localhost,127.0.0.1"; none when it is not set) and
    ENSCENE_WEBHOOK_DENIED (networks). Raises: StorageFault."""
    rules = Rules()
    try:
        ports = frozenset(int(word) for word in _words(environment, PORTS)) or rules.ports
        denied = tuple(ip_network(word) for word in _words(environment, DENIED))
    except ValueError as error:
        raise StorageFault(
            f"{PORTS} 或 {DENIED} 有误：{error}", f"{PORTS} or {DENIED}: {error}",
            exit_code=MISCONFIGURED,
        ) from None  # fmt: skip
    loopback = frozenset(word.lower() for word in _words(environment, LOOPBACK))
    return WebhookSettings(rules=Rules(ports, loopback, denied))


def _words(environment: Mapping[str, str], name: str) -> list[str]:
    return [word.strip() for word in environment.get(name, "").split(",") if word.strip()]
