"""What happens to a consent stands in the log of its scene, for the application to read."""

from __future__ import annotations

import msgspec

from enscene.commit import Report, Script, Stamp, append_events
from enscene.customers.authorizations import store


async def log_consent(
    connection: store.Connection,
    stamp: Stamp,
    tenant: int,
    action: str,
    app: str,
    consent: int,
    *,
    party: str,
    scene: str,
    purpose: str | None,
) -> None:
    """Write it under the number that `store.lock` took; where the scene is gone, nowhere."""
    number = await store.scene_number(connection, tenant, scene)
    if number is None:
        return
    facts = {
        "app": app,
        "consent": {"id": consent, "party": party, "purpose": purpose},
        "parties": {"customer": party},
    }
    report = Report(
        number, action, f"consent:{consent}", f"customer:{party}",
        msgspec.json.encode(facts).decode(), "",
    )  # fmt: skip
    script = Script()
    append_events(script, stamp, [(0, tenant, report)])
    await script.run(connection)
