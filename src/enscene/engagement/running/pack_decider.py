"""What a moment of a pack says when the pattern that it waits for has come: in the pack's own order, by
what the log has told of the customer, so that the same log gives the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from enscene.engagement.decisions import Contact, ContactPolicy, Contacts
from enscene.engagement.engine import Firing
from enscene.engagement.pack_choice import Choice, channel_for, contact_of, rights_of
from enscene.engagement.running.known import Known
from enscene.kernel.clock import moment_of
from enscene.scenes.language.model import Moment
from enscene.scenes.runtime import RunningScene

TIMES_MOST = 50


@dataclass(frozen=True, slots=True)
class PackMoment:
    """A moment of a scene that waits for a pattern."""

    scene: RunningScene
    moment: Moment

    @property
    def key(self) -> str:
        """What its contacts are called."""
        return contact_of(self.scene.ref, self.moment.name)


@dataclass(frozen=True, slots=True)
class PackDecision:
    """Of one customer at one moment of a pack. `counts`: the contact is one for the rules of contact."""

    id: UUID
    at_us: int
    of: PackMoment
    choice: Choice
    counts: bool

    def rights(self, customer: str) -> dict[str, Any]:
        """The record of the eight rights."""
        again = None if self.choice.again_us is None else moment_of(self.choice.again_us)
        return rights_of(
            self.of.scene, self.of.moment, customer, moment_of(self.at_us), self.choice,
            again=again, counts=self.counts,
        )  # fmt: skip


def decide_moment(
    known: Known, firing: Firing, of: PackMoment, policy: ContactPolicy | None
) -> PackDecision | None:
    """None while the scene is suspended. What is said is noted in `known`; `policy` are the rules of
    contact that somebody has decided on."""
    if of.scene.state == "suspended":
        return None
    moment, at_us = of.moment, firing.at_us
    choice = _choose(known, of, at_us)
    if choice.product is not None and policy is not None:
        choice.within(channel_for(moment, known.read_contacts(), policy, at_us))
    if choice.product is not None:
        assert moment.times is not None, "how often is asked of every moment"
        told = [*known.told.get(of.key, []), at_us]
        known.told[of.key] = told[-min(moment.times, TIMES_MOST) :]
    if choice.product is not None and policy is not None:
        contacts = known.read_contacts() or Contacts()
        contacts.add(Contact(at_us, of.key, choice.product, None, choice.channel or "h5"))
        known.contacts = contacts.to_row()
    return PackDecision(firing.id, at_us, of, choice, policy is not None)


def note_contact(known: Known, offer: Mapping[str, Any], at_us: int) -> None:
    """What a moment that waits for no pattern has said counts too."""
    campaign, _, name = offer["key"].partition("/")
    contacts = known.read_contacts() or Contacts()
    # Where a tie has changed, contacts were read from the tables, perhaps before the log told of them.
    if known.tied_us and any(each[:3] == (at_us, campaign, name) for each in contacts):
        return
    contacts.add(Contact(at_us, campaign, name, None, offer["channel"]))
    known.contacts = contacts.to_row()


def _choose(known: Known, of: PackMoment, at_us: int) -> Choice:
    moment, pack, choice = of.moment, of.scene.pack, Choice()
    if {0, of.scene.id} & set(known.denied):
        choice.suppressed = dict.fromkeys(moment.offer, "consent")
        return choice
    for product in moment.offer:
        if pack.products[product].shelf in known.holds:
            choice.suppressed[product] = "has_it"
        else:
            choice.eligible.append(product)
    if moment.times is not None and moment.within is not None:
        since_us = at_us - int(moment.within.total_seconds()) * 1_000_000
        if sum(each > since_us for each in known.told.get(of.key, [])) >= moment.times:
            choice.none("at_most")
            return choice
    choice.first()
    return choice
