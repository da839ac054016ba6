"""A tenant with chance rows of three months in the log, the ledger and what stands beside them:
people of several scenes, devices, people behind two parties, midnights of the zone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from enscene.commit import admit

FIRST = datetime(2026, 1, 20, tzinfo=UTC)
DAYS = 70
SCENES = (11, 12, 13)
ROLES = ("stored_value", "card", "settlement", "outside", "income", "pool", "deposits", "principal",
         "fees", "expense", "claims", "accrued", "", "")  # fmt: skip
ACTIONS = ("pay", "rate", "buy", "scene.changed", "offer.shown", "contracts.woken")
STEPS = ("drawn", "fell_due", "repaid", "written_off", "premium_paid", "claim_paid", "sold",
         "closed")  # fmt: skip
NAMES = ("opening", "current", "billing.earned.bank@shop-app", "billing.owed", "benefits.spent@line/c",
         "benefits.left@c", "brought_in.due.0a", "brought_in.cost", "rails.own.7")  # fmt: skip
"""Of accounts without a role."""


async def settle_town(pool: Any, ref: str, zone: str, seed: int, events: int = 400) -> int:
    """Make it; the number of the tenant."""
    town = _Town(Random(seed))
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("insert into shard (id) values (1) on conflict do nothing")
        tenant: int = await connection.fetchval(
            "insert into tenant (id, ref, name, shard, zone) "
            "values ((select coalesce(max(id), 0) + 1 from tenant), $1, $1, 1, $2) returning id",
            ref, zone,
        )  # fmt: skip
        await admit(connection, [tenant])
        base = await connection.fetchval("select seq from shard where id = 1")
        for table, columns, rows in town.tables(tenant, base, events):
            marks = ", ".join(f"${n}" for n in range(1, len(columns.split(",")) + 1))
            await connection.executemany(f"insert into {table} ({columns}) values ({marks})", rows)
        await connection.execute("update shard set seq = seq + $1 where id = 1", events + 1)
    return tenant


class _Town:
    def __init__(self, random: Random) -> None:
        self._random = random

    def at(self) -> datetime:
        """Any time, often an hour's first or last microsecond."""
        hours = self._random.randrange(DAYS * 24)
        beside = self._random.choice((0, -1, 1, self._random.randrange(3_600_000_000)))
        return FIRST + timedelta(hours=hours, microseconds=beside)

    def uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def tables(
        self, tenant: int, base: int, events: int
    ) -> Iterable[tuple[str, str, list[tuple[Any, ...]]]]:
        random, at = self._random, self.at
        people = [
            (
                tenant,
                n,
                f"p:{n}",
                "person",
                FIRST - timedelta(days=200) if n % 5 else FIRST + timedelta(days=n),
            )
            for n in range(1, 41)
        ]
        devices = [(tenant, n, f"till-{n}", "device", FIRST) for n in range(101, 104)]
        others = [(tenant, 201, "shop", "merchant", FIRST), (tenant, 202, "bank", "bank", FIRST)]
        yield "party", "tenant, id, ref, kind, created_at", people + devices + others
        yield "identity", "tenant, party, customer", [(tenant, n, n - n % 2) for n in range(2, 20)]
        yield "scene", "tenant, id, ref, name, pack", [
            (tenant, n, f"s{n}", f"s{n}", "made") for n in SCENES
        ]  # fmt: skip
        yield "enrolment", "tenant, scene, role, party, active, since", [
            (tenant, scene, random.choice(("diner", "shop")), n, random.random() < 0.9, at())
            for scene in SCENES for n in range(1, 41) if random.random() < 0.6
        ]  # fmt: skip
        accounts = [
            (tenant, n, random.choice((0, *SCENES)), random.choice(NAMES), n, "CNY",
             random.choice(ROLES), random.choice(("free", "supervised", "closed_loop")))
            for n in range(1, 41)
        ]  # fmt: skip
        for n in (0, 1):  # some of each town's money is set apart
            accounts[n] = (*accounts[n][:6], "stored_value", "closed_loop")
        yield "account", "tenant, id, scene, name, owner, currency, role, kind", accounts
        offers = [self._offer(tenant) for _ in range(120)]
        yield "decision", "tenant, id, scene, moment, customer, seq, at, product, rights", offers
        yield ("benefit", ("tenant, decision, campaign, line, offer, minor, currency, said_at, state, "
               "closed_seq"), [
            (tenant, offer[1], "c", "line", "o", 100, "CNY", FIRST, random.choice(("taken", "released")),
             base + seq)
            for offer, seq in zip(offers, random.sample(range(1, 999), len(offers)), strict=True)
        ])  # fmt: skip
        codes = [
            (tenant, scene, n, f"{scene}-{n}", FIRST) for scene in SCENES for n in (1, 2, 3, 30)
        ]
        yield "referral_code", "tenant, scene, customer, code, made_at", codes
        yield "referral_claim", "tenant, scene, customer, code, at", [
            (tenant, scene, n, random.choice((None, *(c[3] for c in codes if c[1] == scene))), at())
            for scene in SCENES for n in range(1, 41) if random.random() < 0.7
        ]  # fmt: skip
        yield "event", "shard, seq, tenant, at, scene, action, subject, actor, facts", [
            self._event(tenant, base + n, offers) for n in range(1, events)
        ] + [
            (1, base + events, tenant, at(), 12, "scene.live", "", "x", {}),
            (1, base + events + 1, tenant, FIRST - timedelta(days=3), 12, "scene.created", "", "x", {}),
        ]  # fmt: skip
        yield ("transfer", ("tenant, seq, n, at, dr, cr, amount, currency, kind, dr_balance, "
               "cr_balance, scene, flow"), list(self._transfers(tenant, base, events)))  # fmt: skip
        contracts = [self._contract(tenant) for _ in range(40)]
        yield ("contract", "tenant, id, scene, product, customer, amount, currency, seq, opened_at",
               contracts)  # fmt: skip
        yield ("contract_entry", ("tenant, contract, n, seq, day, what, principal, interest, penalty, "
               "fee"), list(self._entries(tenant, base, events, contracts)))  # fmt: skip
        applications = [self._application(tenant, offers) for _ in range(80)]
        yield ("application", ("tenant, id, scene, customer, product, state, currency, offer, quote, "
               "began_in, begun_at, ended_at, expires_at"), applications)  # fmt: skip
        yield "application_step", "tenant, application, n, step, channel, actor, at", [
            (tenant, each[1], n, step, random.choice(("h5", "manager", "bank_app")), "x", at())
            for each in applications
            for n, step in enumerate(("begun", *random.sample(
                ("decided", "joined", "called_in", "confirmed", "expired"), random.randrange(4))))
        ]  # fmt: skip

    def _person(self) -> int:
        return self._random.randint(1, 40)

    def _offer(self, tenant: int) -> tuple[Any, ...]:
        random = self._random
        return (tenant, self.uuid(), random.choice(SCENES), "m", self._person(), 0, self.at(),
                random.choice((None, "loan", "cover", "loan")),
                random.choice(({"channel": "h5"}, {"channel": "push"}, {})))  # fmt: skip

    def _event(self, tenant: int, seq: int, offers: list[tuple[Any, ...]]) -> tuple[Any, ...]:
        random = self._random
        facts: dict[str, Any] = {"parties": {"diner": f"p:{self._person()}", "shop": "shop"}}
        who, action, scene = random.random(), random.choice(ACTIONS), random.choice((0, *SCENES))
        if who < 0.5:
            actor = f"diner:p:{self._person()}"
        elif who < 0.8:
            actor = f"till:till-{random.randint(101, 103)}"
            if random.random() < 0.2:
                facts["parties"]["guest"] = f"p:{self._person()}"
        else:
            actor = random.choice(
                ("clock:p:1", "trigger:p:2", "shop:shop", "bank:bank", "enscene up")
            )
        if random.random() < 0.2:
            stars = [random.randint(1, 5) for _ in range(random.randint(1, 2))]
            facts["ratings"] = [{"stars": n, "comment": 'so "so"'} for n in stars]
        if random.random() < 0.2:
            action, scene = "offer.answered", 0
            outcome = random.choice(("seen", "taken", "refused", "opted_out"))
            facts["offer"] = {"id": str(random.choice(offers)[1]), "outcome": outcome}
        if random.random() < 0.1:
            facts = {"said": json.dumps({"ratings": [{"stars": 9}]})}
        subject = ("meal:m-%d", "order:o:%d", "party:p:%d", "%.0s")[seq % 4] % (seq * 7 % 13)
        return 1, seq, tenant, self.at(), scene, action, subject, actor, facts

    def _transfers(self, tenant: int, base: int, events: int) -> Iterable[tuple[Any, ...]]:
        random = self._random
        for n in range(1, events):
            at = self.at()
            for k in range(random.randrange(4)):
                dr, cr = random.sample(range(1, 41), 2)
                kind = random.choice((0, 0, 0, 1, 2, 3))
                balance = 0 if kind in (0, 2) else None
                yield (tenant, base + n, k, at, dr, cr, random.randint(1, 10**9),
                       random.choice(("CNY", "CNY", "USD")), kind, balance, balance, 0,
                       random.choice(("pay", "refund")))  # fmt: skip

    def _contract(self, tenant: int) -> tuple[Any, ...]:
        random = self._random
        return (tenant, self.uuid(), random.choice((0, *SCENES)), random.choice(("loan", "cover")),
                random.randint(-1, 40), None, "CNY", 0, self.at())  # fmt: skip

    def _entries(
        self, tenant: int, base: int, events: int, contracts: list[tuple[Any, ...]]
    ) -> Iterable[tuple[Any, ...]]:
        random = self._random
        for each in contracts:
            for n in range(1, random.randrange(1, 12)):
                sums = (random.choice((0, random.randint(1, 10**7))) for _ in range(4))
                yield (tenant, each[1], n, base + random.randrange(1, events), FIRST.date(),
                       random.choice(STEPS), *sums)  # fmt: skip

    def _application(self, tenant: int, offers: list[tuple[Any, ...]]) -> tuple[Any, ...]:
        random = self._random
        state = random.choice(("begun", "done", "done", "refused", "given_up", "expired"))
        begun = self.at()
        ended = None if state == "begun" else begun + timedelta(minutes=random.randrange(4000))
        return (tenant, self.uuid(), random.choice(SCENES), self._person(), "loan", state, "CNY",
                random.choice((None, random.choice(offers)[1])), {}, "h5", begun, ended, begun)  # fmt: skip
