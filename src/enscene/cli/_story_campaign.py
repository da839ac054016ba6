"""A campaign or rules of contact in a story: one application proposes, another one approves."""

from __future__ import annotations

import json
from typing import Any

from enscene.simulator.client import App, Message
from enscene.simulator.request import Answer


async def propose_and_approve(
    maker: App, checker: App, where: str, body: Any
) -> tuple[Answer, Answer]:
    """What came of the maker's own try to approve, and of the other's. `where` is `contact_rules`
    or `campaigns/<ref>`."""
    versions = f"/v1/{where}/versions"
    key = where.replace("/", "-")
    made = await maker.send(Message("POST", versions, json.dumps(body).encode(), key=f"make-{key}"))
    assert made.status == 200, made
    at = f"{versions}/{made.body['version']}/decide"
    verdict = json.dumps({"decision": "approve"}).encode()
    own = await maker.send(Message("POST", at, verdict, key=f"own-{key}"))
    done = await checker.send(Message("POST", at, verdict, key=f"decide-{key}"))
    return own, done
