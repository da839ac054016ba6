"""What an application asks for: in which scene, to do what, to read what, what for, how long."""

from __future__ import annotations

from typing import Any

import msgspec

PURPOSES = ("serve", "pay", "account_view", "reconcile", "credit", "insure")
"""What for: the pages say it in the bank's own words, never in those of an application."""

DAYS, DAYS_MOST = 90, 365


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was checked. `actions` are names of actions, queries and readings of the
    scene; `fields` the data: {"things": {thing: [field]}, "accounts": [name]}.

    What the protocol needs to answer comes with it: where the customer is led back to, and the
    challenge that the code will be redeemed with.
    """

    scene: str
    actions: list[str]
    fields: dict[str, Any]
    purpose: str
    days: int
    scope: str
    issuer: str
    redirect_uri: str
    code_challenge: str
    state: str | None = None
    nonce: str | None = None

    def things(self) -> dict[str, list[str]]:
        """Fields by thing."""
        found: dict[str, list[str]] = self.fields.get("things", {})
        return found

    def accounts(self) -> list[str]:
        """Names of accounts."""
        found: list[str] = self.fields.get("accounts", [])
        return found
