"""What a run sends: messages in groups, with the mistakes that the world makes built in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal
from uuid import UUID

import msgspec

Signing = Literal["good", "both", "other_key", "changed", "none", "old"]
"""By the partner's key; by two keys while they are changed; by a key that is nobody's; of another
body; not at all; ten minutes ago."""

CHECKS = (
    "taken", "twice", "at_once", "forged", "old", "rotation", "order", "stale", "unknown", "act",
    "act_twice",
)  # fmt: skip
RAILS = "rails"
"""Tried of partners that pay over the simulated rails."""
TOGETHER = 5
SCENE = "conformance"
PAID, ACT = "conformance.paid", "conformance.act"


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery. `id` is the webhook-id; `effect` that it should take effect, once."""

    id: str
    body: bytes
    signing: Signing = "good"


@dataclass(frozen=True, slots=True)
class Step:
    """A check: groups of messages, each group at once and one after the other. `states` are what
    things must be in at the end, `acts` the event that asks the partner to call."""

    check: str
    groups: tuple[tuple[Message, ...], ...]
    states: tuple[tuple[str, str], ...] = ()
    acts: str | None = None


def event_id(run: UUID, name: str) -> str:
    """The webhook-id of an event of a run: the same each time it is asked for, and telling nothing
    of what is tried with it."""
    digest = blake2b(name.encode(), key=run.bytes, digest_size=12).hexdigest()
    return f"cnf_{run.hex[:12]}_{digest}"


def plan_run(run: UUID, at: str, *, rails: bool = False) -> list[Step]:
    """The steps of a run, in order; `at` is the time that its bodies tell. With `rails` it is also
    tried what rails do to payments."""

    def made(name: str, seq: int, thing: str, state: str, signing: Signing = "good") -> Message:
        return Message(event_id(run, name), body_of(run, PAID, seq, thing, state, at), signing)

    def act(name: str) -> Message:
        return Message(event_id(run, name), body_of(run, ACT, 900, name, "asked", at))

    thing = {name: event_id(run, f"thing {name}")[-8:] for name in CHECKS}
    twice = made("twice", 2, thing["twice"], "paid")
    together = made("at_once", 3, thing["at_once"], "paid")
    paid, settled = (
        made("o2", 21, thing["order"], "paid"), made("o3", 22, thing["order"], "settled"),
    )  # fmt: skip
    ordered, repeated = made("o1", 20, thing["order"], "placed"), act("act_twice")
    odd = Message(
        event_id(run, "unknown"),
        body_of(run, "conformance.brand_new", 40, thing["unknown"], "new", at),
    )
    steps = [
        Step("taken", ((made("taken", 1, thing["taken"], "paid"),),), ((thing["taken"], "paid"),)),
        Step("twice", ((twice,), (twice,), (twice,))),
        Step("at_once", ((together,) * TOGETHER,)),
        Step("forged", tuple(
            (made(f"forged {how}", 4, thing["forged"], "paid", how),)
            for how in _FORGED
        )),
        Step("old", ((made("old", 5, thing["old"], "paid", "old"),),)),
        Step("rotation", ((made("rotation", 6, thing["rotation"], "paid", "both"),),)),
        Step("order", ((settled,), (ordered,), (paid,)), ((thing["order"], "settled"),)),
        Step(
            "stale",
            (
                (made("s1", 30, thing["stale"], "paid"),),
                (made("s2", 32, thing["stale"], "refunded"),),
                (made("s3", 31, thing["stale"], "paid"),),
            ),
            ((thing["stale"], "refunded"),),
        ),
        Step("unknown", ((odd,),)),
        Step("act", ((act("act"),),), acts=event_id(run, "act")),
        Step("act_twice", ((repeated,), (repeated,)), acts=event_id(run, "act_twice")),
    ]  # fmt: skip
    return [*steps, _rails(run, at)] if rails else steps


def _rails(run: UUID, at: str) -> Step:
    """One payment settles, is told to have settled once more by another event, is returned, and its
    settlement is delivered again; of another one the return is told first. Both are returned."""
    later, first = (event_id(run, f"payment {name}")[-8:] for name in ("later", "first"))

    def told(seq: int, says: str, payment: str, state: str) -> Message:
        body = body_of(run, f"rail.payment.{says}", seq, payment, state, at, thing="payment")
        return Message(event_id(run, f"rails {seq}"), body)

    settled = told(50, "settled", later, "settled")
    return Step(
        RAILS,
        (
            (settled,),
            (told(51, "settled", later, "settled"),),
            (told(52, "returned", later, "returned"),),
            (settled,),
            (told(60, "returned", first, "returned"),),
            (told(61, "settled", first, "returned"),),
        ),
        ((later, "returned"), (first, "returned")),
    )


_FORGED: tuple[Signing, ...] = ("other_key", "changed", "none")


def plan_delivery(run: UUID, fault: str, at: str) -> list[Step]:
    """One delivery to try out, with a fault that was asked for."""
    sent = Message(event_id(run, "delivery"), body_of(run, PAID, 2, "T-1", "paid", at))
    before = Message(event_id(run, "before"), body_of(run, PAID, 1, "T-1", "placed", at))
    groups: dict[str, tuple[tuple[Message, ...], ...]] = {
        "none": ((sent,),),
        "twice": ((sent,), (sent,)),
        "out_of_order": ((sent,), (before,)),
        "stale_state": ((before,), (sent,), (Message(event_id(run, "late"), before.body),)),
        "bad_signature": ((Message(sent.id, sent.body, "other_key"),),),
        "old_signature": ((Message(sent.id, sent.body, "old"),),),
    }
    return [Step("delivery", groups[fault])]


def sent_ids(steps: Iterable[Step]) -> set[str]:
    """Every webhook-id that is sent."""
    return {each.id for step in steps for group in step.groups for each in group}


def body_of(
    run: UUID, kind: str, seq: int, key: str, state: str, at: str, *, thing: str = "order"
) -> bytes:
    """The body, in the shape of every webhook, with the number of the run."""
    data: dict[str, Any] = {
        "id": seq, "scene": SCENE, "thing": thing, "key": key, "state": state,
        "run": run.hex,
    }  # fmt: skip
    return msgspec.json.encode({"type": kind, "timestamp": at, "data": data})
