"""What is asked of a scene, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enscene.shelf import Opening


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a party by its reference, in a role (found from its enrolment when None).

    `app` is the client on whose behalf the call comes; keys of different apps never meet. The
    system acts in the roles "clock" and "trigger"; a party timer's clock names its party. `grant`
    is the number of the grant by which the client acts for the party: the call is committed only
    while it is in force.
    """

    party: str | None
    role: str | None = None
    app: str = ""
    grant: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one action. `input` is a JSON object, as bytes or as Python values. `agreed` is
    what was decided on beforehand, and may be lent: never from outside."""

    tenant: int
    scene: str
    action: str
    actor: Actor
    input: bytes | Mapping[str, Any]
    key: str | None = None
    agreed: Opening | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """`body` is a JSON object: the answer, or {code, detail, …} when a rule refused."""

    body: str
    refused: bool = False
    replayed: bool = False
