"""Events of the log as what happened to customers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace

from enscene.customers.log_said import CONSENT_SAID
from enscene.engagement.answer_offer import ANSWERED
from enscene.engagement.contact_log import OFFER_MADE
from enscene.engagement.engine import NOBODY, Happening
from enscene.engagement.loops import POLICY_TAKEN
from enscene.engagement.outside import BY_ACTION
from enscene.engagement.running.campaign_decider import CLOSED, OPENED, SERVED, SPECTRUM
from enscene.engagement.running.pack_rules import kind_of
from enscene.kernel.clock import micros_of
from enscene.kernel.errors import NotFound
from enscene.scenes.reactions import Event, event_roots
from enscene.scenes.runtime import RunningScene, SceneHost

_OF_BANK = {CONSENT_SAID, ANSWERED, SPECTRUM}


@dataclass(frozen=True, slots=True)
class Heard:
    """What happened to a party, by reference, or by its number where that is all the event says
    (`party`, else 0); the engine takes it once the customer is known. Of what happened to nobody the
    reference is empty."""

    ref: str
    happening: Happening
    scene: int
    seq: int
    grant: int | None = None
    party: int = 0


async def read_heard(
    host: SceneHost, events: Iterable[Event], kinds: Collection[str]
) -> list[Heard]:
    """Of each event what it is to each person it names; kinds that nobody asks for are left out."""
    found: list[Heard] = []
    for event in events:
        if event.action in _OF_BANK:
            found += _of_bank(event)
            continue
        if event.action == OFFER_MADE and not event.scene:
            found += _of_moment(event)
            continue
        if event.action == POLICY_TAKEN and not event.scene:
            found.append(_of_nobody(event))
            continue
        if event.action in BY_ACTION:
            found += _of_outside(event, kinds)
            continue
        if event.action in (OPENED, CLOSED):
            found += _of_contract(event, event.action, [event.facts["product"]])
        if not event.scene or "." in event.action:
            continue
        try:
            scene = await host.catalogue.scene_by_id(event.tenant, event.scene)
        except NotFound:
            continue
        found += _of_scene(scene, event, kinds)
    return found


def _of_bank(event: Event) -> Iterator[Heard]:
    at_us = micros_of(event.at)
    for ref in dict.fromkeys(event.facts.get("parties", {}).values()):
        happening = Happening(str(event.seq), 0, at_us, at_us, event.action, event.facts)
        yield Heard(ref, happening, event.scene, event.seq)


def _of_moment(event: Event) -> Iterator[Heard]:
    """What a pack has said, when it was decided; known again by the decision."""
    offer, seen_us = event.facts["offer"], micros_of(event.at)
    at_us = min(seen_us, micros_of(datetime.fromisoformat(offer["at"])))
    happening = Happening(offer["id"], 0, at_us, seen_us, OFFER_MADE, event.facts)
    yield Heard(event.facts["parties"]["customer"], happening, 0, event.seq)


def _of_nobody(event: Event) -> Heard:
    at_us = micros_of(event.at)
    happening = Happening(str(event.seq), NOBODY, at_us, at_us, event.action, event.facts)
    return Heard("", happening, event.scene, event.seq)


def _of_outside(event: Event, kinds: Collection[str]) -> Iterator[Heard]:
    """It happened when its sender says so, and never after it was heard of: a clock may be ahead."""
    type_ = BY_ACTION[event.action]
    here = kind_of(event.facts["outside"]["scene"] or 0, "", event.action)
    wanted = [kind for kind in (event.action, here) if kind in kinds]
    if not wanted or type_.subject != "person":
        return
    told = event.facts["outside"]
    data, scene = told["data"], told["scene"]
    seen_us = micros_of(event.at)
    at_us = min(seen_us, micros_of(datetime.fromisoformat(told["time"])))
    place = (data["lat_e5"], data["lon_e5"]) if "lat_e5" in data else None
    # What was left out is None, as it is of an action.
    given = {name: data.get(name) for name in type_.fields}
    roots = {"input": SimpleNamespace(**given), "scene": scene}
    for kind in wanted:
        name = str(event.seq) if kind == event.action else f"{event.seq}:{kind}"
        happening = Happening(name, 0, at_us, seen_us, kind, roots, place)
        yield Heard(event.facts["parties"]["customer"], happening, scene, event.seq)


def _of_contract(event: Event, kind: str, products: list[str]) -> Iterator[Heard]:
    """Of everybody whom the scene names; what was opened in a channel of the bank names its customer."""
    at_us = micros_of(event.at)
    refs = list(dict.fromkeys(event.facts.get("parties", {}).values()))
    for ref in refs or [""]:
        happening = Happening(f"{event.seq}:{kind}", 0, at_us, at_us, kind, {"products": products})
        party = 0 if ref else int(event.facts["customer"])
        yield Heard(ref, happening, event.scene, event.seq, party=party)


def _of_scene(scene: RunningScene, event: Event, kinds: Collection[str]) -> Iterator[Heard]:
    parties = event.facts.get("parties", {})
    persons = {
        ref: None for role, ref in parties.items()
        if role in scene.pack.parties and scene.pack.parties[role].is_a == "person"
    }  # fmt: skip
    kind = f"{scene.pack.id}.{event.action}"
    at_us = micros_of(event.at)
    if SERVED in kinds:
        for ref in persons:
            facts = {"pack": scene.pack.id}
            happening = Happening(f"{event.seq}:{SERVED}", 0, at_us, at_us, SERVED, facts)
            yield Heard(ref, happening, event.scene, event.seq)
    # What campaigns see of it for each person, and what the scene's own moments do for a role.
    wanted = [(str(event.seq), kind, ref) for ref in persons if kind in kinds]
    for role, ref in parties.items():
        own = kind_of(event.scene, role, event.action)
        if own in kinds and ref in persons:
            wanted.append((f"{event.seq}:{own}", own, ref))
    if wanted and event.action in scene.actions:
        roots = {**event_roots(scene, event), "scene": event.scene}
        for name, each, ref in wanted:
            happening = Happening(name, 0, at_us, at_us, each, roots)
            yield Heard(ref, happening, event.scene, event.seq, event.facts.get("grant"))
    if opened := event.facts.get("contracts"):
        for ref in persons:
            yield from _of_contract_of(event, ref, opened)


def _of_contract_of(event: Event, ref: str, products: list[str]) -> Iterator[Heard]:
    at_us = micros_of(event.at)
    facts = {"products": products}
    happening = Happening(f"{event.seq}:{OPENED}", 0, at_us, at_us, OPENED, facts)
    yield Heard(ref, happening, event.scene, event.seq)
