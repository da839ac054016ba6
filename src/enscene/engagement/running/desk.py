"""The engines of a shard's tenants, each with the campaigns that run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from enscene.customers.identity import find_customers, read_parties_of
from enscene.engagement.campaigns import Campaign, list_campaigns, read_rules
from enscene.engagement.campaigns.offers_of import offers_of, policy_of
from enscene.engagement.campaigns.vocabulary import read_vocabulary
from enscene.engagement.contact_log import read_decided_rules
from enscene.engagement.delivery.store import put_deliveries
from enscene.engagement.engine import NOBODY, Applied, Engine, Made
from enscene.engagement.loops import note_taken
from enscene.engagement.moments import CONSENT
from enscene.engagement.pack_choice import policy_of_packs
from enscene.engagement.running import store
from enscene.engagement.running.campaign_decider import CampaignDecider, Speech
from enscene.engagement.running.follow_ties import follow_ties, second_of_one
from enscene.engagement.running.happenings import Heard, read_heard
from enscene.engagement.running.hold_back import hold_back
from enscene.engagement.running.pack_decider import PackDecision, PackMoment
from enscene.engagement.running.pack_rules import OPEN, moments_of, pack_rules_of
from enscene.engagement.running.rules_of import heard_by, rules_of
from enscene.kernel.clock import local_day, micros_of, moment_of
from enscene.kernel.money import parse_money
from enscene.scenes.reactions import Event
from enscene.scenes.runtime import RunningScene, SceneHost

SPACE = UUID("c3f9b6a2-5a0e-4a63-8a53-2f6f5f0f7a1d")
STATES_MOST = 200_000
"""So many customers of a tenant are kept in memory; the others are read when they come."""
TOGETHER = 1_000


@dataclass(slots=True)
class Desk:
    """A tenant's engine. `mark` is of what it was made from, `turn` how many pages had been written
    when it was last in step with the tables."""

    tenant: int
    engine: Engine
    decider: CampaignDecider
    campaigns: Mapping[str, Campaign]
    mark: tuple[Any, ...]
    kinds: frozenset[str]
    moments: Mapping[str, PackMoment] = field(default_factory=dict)
    turn: int = -1
    parties: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)


class Desks:
    """One in a reader. What it holds may be behind the tables, where another process has been at
    work meanwhile: every page begins by a look at the turn."""

    def __init__(self, pool: store.Pool, host: SceneHost) -> None:
        self._pool = pool
        self._host = host
        self._desks: dict[int, Desk] = {}
        self._waiting: dict[int, tuple[str, bool]] = {}

    async def take(self, connection: store.Connection, events: Sequence[Event]) -> int:
        """A page of the log, within the transaction that moves the cursor; how many decisions."""
        with self._sound():
            return await self._take(connection, events)

    @contextmanager
    def _sound(self) -> Iterator[None]:
        """What was begun and not written is in no engine afterwards: all are made anew."""
        try:
            yield
        except BaseException:
            self._desks.clear()
            raise

    async def _take(self, connection: store.Connection, events: Sequence[Event]) -> int:
        by_tenant: dict[int, list[Event]] = {}
        for event in events:
            by_tenant.setdefault(event.tenant, []).append(event)
        days = {tenant: found[-1].at for tenant, found in by_tenant.items()}
        desks = await self._open(connection, days)
        made = 0
        for tenant, desk in desks.items():
            heard = await read_heard(self._host, by_tenant[tenant], desk.kinds)
            if heard:
                made += await self._apply(connection, desk, heard)
        return made

    async def tick(self, connection: store.Connection, tenant: int, now: datetime) -> int:
        """Let the deadlines before `now` pass, the log having been read as far; how many there
        were. Within the caller's transaction, which holds the place in the log."""
        with self._sound():
            return await self._tick(connection, tenant, now)

    async def _tick(self, connection: store.Connection, tenant: int, now: datetime) -> int:
        due = await store.find_due(connection, tenant, now, TOGETHER)
        if not due:
            return 0
        desks = await self._open(connection, {tenant: now})
        desk = desks.get(tenant)
        if desk is None:
            return 0
        # Who is one with somebody who falls due before them waits for what that one is told.
        second = await second_of_one(connection, tenant, due)
        until = now if second is None else second
        customers = [customer for customer, at in due.items() if at < until]
        await self._load(connection, desk, customers)
        applied = desk.engine.tick(micros_of(until))
        await self._write(connection, desk, applied, {})
        return len(customers)

    async def _open(
        self, connection: store.Connection, days: Mapping[int, datetime]
    ) -> dict[int, Desk]:
        """The desks of those tenants who have campaigns, or a pack with a moment that waits for a
        pattern, in step with the tables."""
        marks = await store.read_marks(connection, days)
        turns = await store.read_turns(connection, days)
        found: dict[int, Desk] = {}
        for tenant, (zone, ref, campaigns, scenes) in marks.items():
            quiet = not campaigns and tenant not in turns
            if quiet and not await self._waits(connection, tenant, scenes):
                continue
            day = local_day(days[tenant], zone)
            mark = (campaigns, scenes, day)
            turn, general = turns.get(tenant, (0, b""))
            desk = self._desks.get(tenant)
            if desk is not None and desk.turn != turn:
                desk = None  # another process has been at work, or somebody was erased
            if desk is None or desk.mark != mark:
                fresh = desk is None
                desk = await self._make(connection, tenant, ref, zone, mark, desk)
                if fresh and general:
                    desk.engine.put_general(general)
                desk.turn = turn
            found[tenant] = self._desks[tenant] = desk
        return found

    async def _waits(self, connection: store.Connection, tenant: int, scenes: str) -> bool:
        """Whether a moment of a pack waits for a pattern; looked up when scenes have changed."""
        known = self._waiting.get(tenant)
        if known is None or known[0] != scenes:
            found = moments_of(await self._scenes(connection, tenant))
            known = self._waiting[tenant] = (scenes, bool(found))
        return known[1]

    async def _scenes(self, connection: store.Connection, tenant: int) -> list[RunningScene]:
        refs = await store.read_scene_refs(connection, tenant, OPEN)
        return [await self._host.catalogue.read(tenant, ref) for ref in refs]

    async def _make(
        self, connection: store.Connection, tenant: int, ref: str, zone: str,
        mark: tuple[Any, ...], before: Desk | None,
    ) -> Desk:  # fmt: skip
        day = mark[2]
        listed = await list_campaigns(connection, tenant)
        # Of each the last that was approved holds; one that was stopped says nothing any more.
        last: dict[str, Campaign] = {}
        for campaign in listed:
            if campaign.kept.state in ("approved", "stopped"):
                last.setdefault(campaign.ref, campaign)
        running = [each for each in last.values() if each.runs_on(day)]
        moments = moments_of(await self._scenes(connection, tenant))
        rules = pack_rules_of(moments)
        if running:
            vocabulary = await read_vocabulary(self._pool, self._host, tenant)
            rules = (*rules_of(running, vocabulary), *rules)
        contact = await read_rules(connection, tenant)
        decided = (await read_decided_rules(connection, [tenant])).get(tenant)
        speech = Speech(
            {f"{c.ref}/{name}": offers_of(c.ref, c.body, name) for c in running for name in c.body.moments},
            policy_of(contact, running, zone=zone, salt=ref, version=sum(c.kept.version for c in running)),
            {c.ref: parse_money(c.body.budget, c.body.currency) for c in running},
            moments, None if decided is None else policy_of_packs(decided, zone),
        )  # fmt: skip
        kinds = heard_by(rules)
        if before is not None:
            before.engine.replace(rules)
            before.decider.speech = speech
            before.campaigns, before.mark, before.kinds = last, mark, kinds
            before.moments = moments
            return before
        decider = CampaignDecider(speech, str)
        engine: Engine

        def known(customer: int) -> Mapping[str, Any]:
            return decider.known_of(engine.kept_of(customer))

        engine = Engine(rules, decider, space=uuid5(SPACE, ref), known=known)
        return Desk(tenant, engine, decider, last, mark, kinds, moments)

    async def _apply(self, connection: store.Connection, desk: Desk, heard: Sequence[Heard]) -> int:
        refs = {each.ref for each in heard if each.ref}
        ids = await store.find_parties(connection, desk.tenant, refs)
        known = await store.read_refs(connection, desk.tenant, {e.party for e in heard if e.party})
        customers = await find_customers(connection, desk.tenant, {*ids.values(), *known})
        wanted: list[Heard] = []
        origin: dict[tuple[int, str], tuple[int, Heard]] = {}
        for each in heard:
            if each.happening.customer == NOBODY:
                wanted.append(each)
                continue
            party = each.party if each.party in known else ids.get(each.ref)
            if party is None:
                continue
            each.happening.customer = customers[party]
            origin[customers[party], str(each.happening.id)] = (party, each)
            wanted.append(each)
        due = await store.find_due(
            connection, desk.tenant, moment_of(max(e.happening.seen_us for e in wanted)), TOGETHER
        ) if wanted else []  # fmt: skip
        await self._load(
            connection, desk, {*due, *(e.happening.customer for e in wanted)} - {NOBODY}
        )
        applied = desk.engine.apply(each.happening for each in wanted)
        return await self._write(connection, desk, applied, origin)

    async def _load(
        self, connection: store.Connection, desk: Desk, customers: Collection[int]
    ) -> None:
        missing = desk.engine.missing(customers)
        if missing:
            for customer, row in await store.read_states(connection, desk.tenant, missing):
                desk.engine.put_state(customer, row)
        await follow_ties(connection, desk.tenant, desk.engine, customers)

    async def _write(
        self, connection: store.Connection, desk: Desk, applied: Applied,
        origin: Mapping[tuple[int, str], tuple[int, Heard]],
    ) -> int:  # fmt: skip
        engine = desk.engine
        if not applied.changed and not applied.decisions and not applied.general:
            return 0
        desk.turn += 1
        states: list[tuple[int, bytes, datetime | None]] = [(store.GENERAL, engine.general(), None)]
        for customer in sorted(applied.changed):
            due = engine.due(customer)
            states.append(
                (customer, engine.state_of(customer), None if due is None else moment_of(due))
            )
        await store.keep_states(connection, desk.tenant, desk.turn, states)
        for taken in desk.decider.taken:
            await note_taken(
                connection, desk.tenant, taken.campaign, taken.number, taken.before, taken.after
            )
        desk.decider.taken.clear()
        if applied.decisions:
            await self._keep(connection, desk, applied.decisions, origin)
        held = list(engine.customers())
        if len(held) > STATES_MOST:
            engine.forget(held)
        return len(applied.decisions)

    async def _keep(
        self, connection: store.Connection, desk: Desk, decisions: Sequence[Made],
        origin: Mapping[tuple[int, str], tuple[int, Heard]],
    ) -> None:  # fmt: skip
        rows: list[store.Row] = []
        of_packs: dict[UUID, tuple[PackMoment, int | None]] = {}
        for made in decisions:
            if not isinstance(made.decision, PackDecision):
                rows.append(self._row(desk, made, origin))
                continue
            found = await self._row_of_pack(connection, desk, made, origin)
            if found is not None:
                rows.append(found[0])
                of_packs[made.decision.id] = (made.decision.of, found[1])
        if not rows:
            return
        # A deadline may be of whom a tie has made one with another meanwhile.
        one = await find_customers(connection, desk.tenant, {made.customer for made in decisions})
        customers = {made.decision.id: one[made.customer] for made in decisions}
        policy = desk.decider.speech.of_packs
        rows = await hold_back(connection, desk.tenant, rows, of_packs, policy, customers)
        refs = await store.read_refs(connection, desk.tenant, {row[3] for row in rows})
        for row in rows:
            row[7]["customer"] = refs.get(row[3])
        await store.insert_decisions(connection, desk.tenant, rows, CONSENT)
        # What a pack says stands on its page, and goes no other way.
        said = [row for row in rows if row[8] == "offered" and row[0] not in of_packs]
        await put_deliveries(
            connection, desk.tenant, [row[0] for row in said], [row[0] for row in said if row[9]]
        )

    async def _row_of_pack(
        self, connection: store.Connection, desk: Desk, made: Made,
        origin: Mapping[tuple[int, str], tuple[int, Heard]],
    ) -> tuple[store.Row, int | None] | None:  # fmt: skip
        """With the consent to an application under which it came; None where the customer takes
        part in the scene no more."""
        decision: PackDecision = made.decision
        scene, moment = decision.of.scene, decision.of.moment
        happening = next(f for f in made.firings if f.id == decision.id).happening
        seq, grant = 0, None
        parties = await read_parties_of(connection, desk.tenant, made.customer)
        if happening is not None:
            party, heard = origin[made.customer, str(happening.id)]
            seq, grant, parties = heard.seq, heard.grant, [party]
        for party in parties:
            member = await scene.roster.find_id(party)
            if member is not None and moment.who in member.roles:
                break
        else:
            return None
        product = decision.choice.product
        row = (
            decision.id, scene.id, moment.name, party, seq, moment_of(decision.at_us), product,
            decision.rights(member.ref), "none" if product is None else "offered", False,
        )  # fmt: skip
        return row, grant

    def _row(
        self, desk: Desk, made: Made, origin: Mapping[tuple[int, str], tuple[int, Heard]]
    ) -> store.Row:
        decision = made.decision
        happening = made.firings[0].happening
        party, scene, seq = made.customer, 0, 0
        if happening is not None:
            party, heard = origin[made.customer, str(happening.id)]
            scene, seq = heard.scene, heard.seq
        chosen = decision.chosen
        rule = made.firings[0].rule.name
        reason = None
        if chosen is not None:
            rule = f"{chosen.campaign}/{chosen.moment}"
            said = desk.campaigns[chosen.campaign].body.offers[chosen.name]
            reason = {"zh": said.reason.zh, "en": said.reason.en}
        rights = decision.rights(reason=reason)
        if chosen is not None:
            rights["title"] = {"zh": said.title.zh, "en": said.title.en}
        return (
            decision.id, scene, rule, party, seq, moment_of(made.at_us),
            None if chosen is None else chosen.product, rights,
            "none" if chosen is None else "offered",
            chosen is not None and chosen.mandatory,
        )  # fmt: skip
