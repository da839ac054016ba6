"""What customers say of themselves stands in the log, for whatever decides by the log alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from enscene.commit import Report, Script, Stamp, append_events
from enscene.customers import store

CONSENT_SAID = "consent.said"


async def log_consent_said(
    connection: store.Connection, stamp: Stamp, tenant: int, scene: int, ref: str, item: str, *,
    granted: bool,
) -> None:  # fmt: skip
    """A permission was given or taken back. It is nobody's scene's: no partner reads it there."""
    facts = {
        "consent": {"scene": scene, "item": item, "granted": granted},
        "parties": {"customer": ref},
    }
    await log_of_customer(connection, stamp, tenant, CONSENT_SAID, ref, facts)


async def log_of_customer(
    connection: store.Connection, stamp: Stamp, tenant: int, action: str, ref: str,
    facts: Mapping[str, Any],
) -> None:  # fmt: skip
    """Under the number that the stamp took."""
    report = Report(
        0, action, f"party:{ref}", f"customer:{ref}", msgspec.json.encode(facts).decode(), ""
    )
    script = Script()
    append_events(script, stamp, [(0, tenant, report)])
    await script.run(connection)
