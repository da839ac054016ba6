"""Decides for the engine what campaigns say: by what the log has told of the customer, and what all
customers together have taught."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from enscene.customers.log_said import CONSENT_SAID
from enscene.customers.spectrum import GENERAL
from enscene.engagement.answer_offer import ANSWERED
from enscene.engagement.contact_log import OFFER_MADE
from enscene.engagement.decisions import (
    ContactPolicy,
    Contacts,
    Decision,
    Model,
    Offer,
    Outcome,
    Standing,
    decide,
)
from enscene.engagement.engine import Firing, Happening
from enscene.engagement.loops import POLICY_TAKEN
from enscene.engagement.moments import CONSENT
from enscene.engagement.outside import PREFIX
from enscene.engagement.running.known import Awaited, Known
from enscene.engagement.running.pack_decider import (
    PackDecision,
    PackMoment,
    decide_moment,
    note_contact,
)
from enscene.kernel.clock import zone_of

OPENED, CLOSED = "contract.opened", "contract.closed"
SPECTRUM = "spectrum.changed"
SERVED = "scene.served"
"""Whatever a scene has done for somebody: asked for only where moments look at events from outside,
which by themselves serve nobody."""
TOLD = frozenset(
    {CONSENT_SAID, OPENED, CLOSED, ANSWERED, SPECTRUM, SERVED, OFFER_MADE, POLICY_TAKEN}
)
ANSWERED_WITHIN_US = 7 * 86_400_000_000
"""What is not taken within seven days is not taken: its subsidy is free again."""
AWAITED_MOST = 20
_HOURS = ("night", "morning", "noon", "evening")
FEATURES = ("always", *_HOURS[1:], *(f"spectrum.{topic}" for topic in GENERAL))
_OUTCOMES = {
    "seen": Outcome.SEEN, "taken": Outcome.TAKEN, "refused": Outcome.REFUSED,
    "opted_out": Outcome.OPTED_OUT,
}  # fmt: skip


class _General(msgspec.Struct, array_like=True):
    model: Any
    spent: dict[str, int]
    serving: Any = None


@dataclass(slots=True)
class Speech:
    """What may be said now: offers by rule (`campaign/moment`), the rules of contact, and what each
    campaign may cost in all (minor units). `moments` are those of packs by rule, `of_packs` the rules of
    contact for them where somebody has decided on some."""

    offers: Mapping[str, tuple[Offer, ...]]
    policy: ContactPolicy
    budgets: Mapping[str, int]
    moments: Mapping[str, PackMoment] = field(default_factory=dict)
    of_packs: ContactPolicy | None = None
    by_key: Mapping[str, Offer] = field(init=False)

    def __post_init__(self) -> None:
        self.by_key = {offer.key: offer for said in self.offers.values() for offer in said}


@dataclass(frozen=True, slots=True)
class Taken:
    """What was learnt of a campaign serves from now on; versions are how many offers of it the
    policy has learnt from."""

    campaign: str
    number: int
    before: int
    after: int


class CampaignDecider:
    """A `Decider` of the engine. `speech` may be replaced at any time.

    `learning` learns from everything at once, `serving` decides: what it knows of a campaign is what
    was known when the log last said that a policy of it was taken. `taken` collects those, for whoever
    keeps them to empty."""

    def __init__(self, speech: Speech, key_of: Callable[[int], str]) -> None:
        self.speech = speech
        self.serving, self.learning = Model(FEATURES), Model(FEATURES)
        self.taken: list[Taken] = []
        self._served: msgspec.Raw | None = None
        self.spent: dict[str, int] = {}
        self._key_of = key_of
        self.kinds = TOLD

    def told(self, happening: Happening, kept: bytes) -> bytes:
        """What customers said, opened, closed and answered; and of nobody, which policy serves."""
        if happening.kind == POLICY_TAKEN:
            self._take(**happening.facts["loop"])
            return b""
        known = Known.of(kept)
        self._settle(known, happening.seen_us)
        facts = happening.facts
        match happening.kind:
            case "consent.said":
                self._consent(known, facts["consent"])
            case "contract.opened":
                for product in facts["products"]:
                    known.holds[product] = known.holds.get(product, 0) + 1
                    self._taken(known, product, happening.seen_us)
            case "contract.closed":
                for product in facts["products"]:
                    known.holds[product] = known.holds.get(product, 0) - 1
            case "scene.served":
                if facts["pack"] not in known.served:
                    known.served.append(facts["pack"])
            case "offer.answered":
                offer = facts["offer"]
                self._answered(known, offer["key"], offer["outcome"], happening.seen_us)
            case "offer.made":
                note_contact(known, facts["offer"], happening.at_us)
            case "spectrum.changed":
                change = facts["spectrum"]
                if change["topic"] in GENERAL and not change["value"]:
                    known.topics[change["topic"]] = (change["preference"], change["attitude"])
        return known.to_bytes()

    def fired(
        self, customer: int, at_us: int, firings: Sequence[Firing], kept: bytes
    ) -> tuple[Sequence[Decision | PackDecision], bytes]:
        """One decision of all of campaigns that fired together, and one of each moment of a pack."""
        known = Known.of(kept)
        self._settle(known, at_us)
        moments = self.speech.moments
        made: list[Decision | PackDecision] = []
        said = [firing for firing in firings if firing.rule.name not in moments]
        if said:
            made.append(self._decide(known, customer, at_us, said))
        for firing in firings:
            of = moments.get(firing.rule.name)
            if of is None:
                continue
            found = decide_moment(known, firing, of, self.speech.of_packs)
            if found is not None:
                made.append(found)
        return made, known.to_bytes()

    def _decide(
        self, known: Known, customer: int, at_us: int, firings: Sequence[Firing]
    ) -> Decision:
        """One of campaigns; news that must be said go first."""
        scene = _served(known, firings)
        contacts = known.read_contacts()
        offers = [o for firing in firings for o in self.speech.offers.get(firing.rule.name, ())]
        features = self._features(known, at_us)
        standing = Standing(
            key=self._key_of(customer), granted=not {0, scene} & set(known.denied),
            served=bool(known.served), holds=frozenset(known.holds), features=features,
            contacts=contacts,
        )  # fmt: skip
        left = {
            name: budget - self.spent.get(name, 0) for name, budget in self.speech.budgets.items()
        }
        decision = decide(
            offers, standing, self.speech.policy, self.serving, at_us, firings[0].id, left=left
        )
        chosen = decision.chosen
        if chosen is not None and not chosen.mandatory:
            contacts = contacts or Contacts()
            contacts.note(decision)
            known.contacts = contacts.to_row()
            self.spent[chosen.campaign] = self.spent.get(chosen.campaign, 0) + chosen.cost
            # Not taken until it is: who never comes back would else be left out, and what is taken
            # at once would seem to be taken by all.
            self.learning.learn(chosen, features, 0.0)
            known.awaited.append(
                Awaited(at_us, chosen.campaign, chosen.name, chosen.cost, features, True)
            )
            for each in known.awaited[:-AWAITED_MOST]:
                self._close(known, each, 0.0)
        return decision

    def known_of(self, kept: bytes) -> Mapping[str, Any]:
        """The roots of expressions that an event does not bring."""
        return Known.of(kept).roots()

    def general(self) -> bytes:
        """Both models, and what the campaigns have set aside and spent."""
        spent = dict(sorted(self.spent.items()))
        if self._served is None:  # it changes once in a cycle, and this is asked for at every page
            self._served = msgspec.Raw(msgspec.msgpack.encode(self.serving.to_row()))
        return msgspec.msgpack.encode(_General(self.learning.to_row(), spent, self._served))

    def put_general(self, row: bytes) -> None:
        if not row:
            return
        read = msgspec.msgpack.decode(row, type=_General)
        self.spent = read.spent
        self.learning = Model.from_row(read.model)
        # Rows that know of one model alone are of a time when it served.
        self.serving = Model.from_row(read.model if read.serving is None else read.serving)
        self._served = None

    def _take(self, campaign: str, cycle: int) -> None:
        before = self.serving.learnt_of(campaign)
        self.serving.take(self.learning, campaign)
        self._served = None
        self.taken.append(Taken(campaign, cycle, before, self.serving.learnt_of(campaign)))

    def _consent(self, known: Known, said: Mapping[str, Any]) -> None:
        if said["item"] != CONSENT:
            return
        scene = said["scene"]
        if said["granted"]:
            known.denied = [each for each in known.denied if each != scene]
        elif scene not in known.denied:
            known.denied.append(scene)

    def _taken(self, known: Known, product: str, at_us: int) -> None:
        """A product that was opened takes the newest offer of it."""
        for each in reversed(known.awaited):
            offer = self.speech.by_key.get(f"{each.campaign}/{each.offer}")
            if offer is not None and offer.product == product:
                self._answered(known, offer.key, "taken", at_us)
                return

    def _answered(self, known: Known, key: str, outcome: str, at_us: int) -> None:
        contacts = known.read_contacts()
        campaign, _, name = key.partition("/")
        if contacts is None or not contacts.answer(campaign, name, _OUTCOMES[outcome], at_us):
            return
        known.contacts = contacts.to_row()
        if outcome == "seen":
            return
        for each in reversed(known.awaited):
            if (each.campaign, each.offer) == (campaign, name):
                self._close(known, each, float(outcome == "taken"))
                return

    def _settle(self, known: Known, at_us: int) -> None:
        for each in [e for e in known.awaited if e.at_us + ANSWERED_WITHIN_US <= at_us]:
            self._close(known, each, 0.0)

    def _close(self, known: Known, awaited: Awaited, reward: float) -> None:
        """It is known what came of it: learn of what was taken, and free what was not."""
        known.awaited = [each for each in known.awaited if each is not awaited]
        if not reward:
            self.spent[awaited.campaign] = self.spent.get(awaited.campaign, 0) - awaited.cost
        offer = self.speech.by_key.get(f"{awaited.campaign}/{awaited.offer}")
        if offer is None or len(awaited.features) != len(FEATURES):
            return
        if not awaited.learnt:
            self.learning.learn(offer, awaited.features, reward)
        elif reward:
            self.learning.correct(offer, awaited.features, reward)

    def _features(self, known: Known, at_us: int) -> tuple[float, ...]:
        moment = datetime.fromtimestamp(at_us // 1_000_000, UTC)
        hour = moment.astimezone(zone_of(self.speech.policy.zone)).hour
        part = _HOURS[0 if hour < 6 else 1 if hour < 11 else 2 if hour < 14 else 3]
        return (
            1.0, *(float(part == each) for each in _HOURS[1:]),
            *(known.topics.get(topic, (0, 0))[0] / 100 for topic in GENERAL),
        )  # fmt: skip


def _served(known: Known, firings: Sequence[Firing]) -> int:
    """Whoever did something in a scene was served there first. The scene, 0 where nothing came."""
    for firing in firings:
        if firing.happening is not None:
            kind = firing.happening.kind
            pack = kind.partition(".")[0]
            # Who looks at a page, or is called, has not been served by that.
            if not kind.startswith(PREFIX) and pack not in known.served:
                known.served.append(pack)
            scene: int = firing.happening.facts.get("scene", 0)
            return scene
    return 0
