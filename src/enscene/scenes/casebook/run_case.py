"""Run one golden case: its own tenant and scene, its actions, what must hold afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import uuid4
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from enscene.commit import admit, offsets_of
from enscene.commit.move_clock import move_clock
from enscene.customers import Enrolment
from enscene.kernel.clock import window_key
from enscene.kernel.errors import EnsceneError
from enscene.kernel.money import format_money
from enscene.ledger import AccountOrder, open_accounts, verify_ledger
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol, link
from enscene.scenes.casebook.funds import Funds
from enscene.scenes.language import Pack
from enscene.scenes.language.model import Act, Case
from enscene.scenes.reactions import Reactor
from enscene.scenes.runtime import Actor, Call, RunningScene, SceneHost
from enscene.shelf import Opening, standard_shelf

SHARD = 1
SYSTEM = ("clock", "trigger")
ReactorOf: TypeAlias = "Callable[[asyncpg.Pool[Any], SceneHost, int], Reactor]"
Happened = Counter[tuple[str, str, str | None, Any]]


@dataclass(slots=True)
class CaseResult:
    """What a case came to; `faults` is empty when it holds."""

    name: str
    faults: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.faults


async def run_case(
    pool: asyncpg.Pool[Any],
    host: SceneHost,
    pack: Pack,
    case: Case,
    *,
    zone: str = "Asia/Shanghai",
    reactor_of: ReactorOf | None = None,
) -> CaseResult:
    """Run the case in a tenant of its own and compare. Nothing of it is removed afterwards.

    Offers are compared where `reactor_of` gives a reactor that also decides at moments.
    """
    result = CaseResult(case.name)
    tenant, scene = await _set_up(pool, host, pack, case, zone)
    reactor = (reactor_of or Reactor)(pool, host, SHARD)
    happened: Happened = Counter()
    for number, act in enumerate(case.when):
        if act.clock is not None:
            await reactor.advance(tenant, _moment(act.clock, zone))
        if act.actor in SYSTEM:
            await _check_happened(pool, scene, act, happened, result)
        else:
            await _do(host, scene, act, f"{case.name}-{number}", result)
        await reactor.settle(tenant)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await _compare(connection, scene, case, result)
        if case.then.contracts is not None:
            await _compare_contracts(connection, scene, case.then.contracts, result)
        if reactor_of is not None and case.then.offers is not None:
            await _compare_offers(connection, scene, case.then.offers, result)
    async with pool.acquire() as connection:
        verdict = await verify_ledger(connection, tenant)
    if not verdict.verified:
        result.faults.append(f"the ledger does not verify: {verdict.faults}")
    return result


async def _set_up(
    pool: asyncpg.Pool[Any], host: SceneHost, pack: Pack, case: Case, zone: str
) -> tuple[int, RunningScene]:
    given = case.given
    order = SceneOrder(
        ref=pack.id,
        name=case.name,
        variant=given.variant,
        options=given.options,
        parts=given.parts,
    )
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("insert into shard (id) values ($1) on conflict do nothing", SHARD)
        tenant: int = await connection.fetchval(
            """
insert into tenant (id, ref, name, shard, zone, currency, sandbox)
select coalesce(max(id), 0) + 1, $1, $1, $2, $3, $4, true from tenant returning id""",
            f"case-{uuid4().hex}",
            SHARD,
            zone,
            pack.currency,
        )
        await _move(connection, tenant, given.clock, zone)
        await create_scene(connection, tenant, pack, order, "casebook")
        for state in ("sandbox", "live"):
            await change_state(connection, tenant, pack.id, state, "casebook")
    scene = await host.scene(tenant, pack.id)
    async with pool.acquire() as connection, connection.transaction():
        enrolments = [
            Enrolment(ref, role, scene.pack.parties[role].is_a, ref, given.bound.get(ref))
            for ref, role in given.parties.items()
        ]
        # What devices are bound to comes first.
        enrolments.sort(key=lambda enrolment: enrolment.bound_to is not None)
        await enrol(connection, tenant, scene.id, scene.pack, enrolments)
        for name, source, target in given.links:
            await link(connection, tenant, scene.id, scene.pack, name, [(source, target)])
        for ref, facts in given.known.items():
            await connection.execute(
                "update party set profile = profile || $3::jsonb where tenant = $1 and ref = $2",
                tenant, ref, facts,
            )  # fmt: skip
    await _fund(pool, host, scene, case)
    for party, product, amount in given.lines:
        opening = await _opening(scene, party, product, amount, 0)
        await host.contracts.open(tenant, opening, once=None, actor="casebook")
    return tenant, scene


async def _opening(
    scene: RunningScene, party: str, product: str, amount: int, months: int
) -> Opening:
    """Credit that was applied for and granted."""
    member = await scene.roster.find(party)
    assert member is not None, party
    shelf = standard_shelf().products[scene.pack.products[product].shelf]
    return Opening(
        shelf, member.id, amount, months=months, scene=scene.id, currency=scene.pack.currency
    )


async def _move(connection: asyncpg.Connection[Any], tenant: int, clock: str, zone: str) -> None:
    await move_clock(connection, SHARD, tenant, _moment(clock, zone))


def _moment(clock: str, zone: str) -> datetime:
    moment = datetime.fromisoformat(clock)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(zone))


async def _fund(pool: asyncpg.Pool[Any], host: SceneHost, scene: RunningScene, case: Case) -> None:
    amounts = []
    for (account, ref), amount in case.given.balances.items():
        member = await scene.roster.find(ref)
        assert member is not None, ref
        if amount:
            amounts.append((member.accounts[account], amount))
    if not amounts:
        return
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [scene.tenant])
        order = AccountOrder(0, "opening", 0, scene.pack.currency, floor=None)
        (source,) = await open_accounts(connection, scene.tenant, [order])
    await host.writer(scene.shard).submit(Funds(scene.tenant, scene.id, source, amounts))


async def _check_happened(
    pool: asyncpg.Pool[Any],
    scene: RunningScene,
    act: Act,
    happened: Happened,
    result: CaseResult,
) -> None:
    """The act must have happened by itself: once more than was asked for so far."""
    model = scene.action(act.action).model
    key = act.input.get(model.on.key) if model.on else None
    name = (act.action, act.actor, act.party, key)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [scene.tenant])
        rows = await connection.fetch(
            """
select facts -> 'answer' as answer from event
 where tenant = $1 and scene = $2 and action = $3 and actor like $4
   and ($5::text is null or facts -> 'thing' ->> 'key' = $5) order by seq""",
            scene.tenant,
            scene.id,
            act.action,
            f"{act.actor}:{act.party or '%'}",
            key,
        )
    where = f"{act.action} by {act.actor} (line {act.at.line})"
    happened[name] += act.refused is None
    if len(rows) < happened[name] or (act.refused is not None and len(rows) > happened[name]):
        result.faults.append(f"{where}: happened {len(rows)} times, not {happened[name]}")
        return
    answer = (rows[-1]["answer"] or {}) if rows else {}
    for field_name, value in act.answer.items():
        if answer.get(field_name) != value:
            result.faults.append(
                f"{where}: {field_name} is {answer.get(field_name)!r}, not {value!r}"
            )


async def _do(host: SceneHost, scene: RunningScene, act: Act, key: str, result: CaseResult) -> None:
    actor = Actor(party=act.actor)
    query = act.action in scene.actions and scene.actions[act.action].model.query
    agreed = None
    if act.agreed is not None:
        lends = next(s for s in scene.action(act.action).model.steps if s.block == "lend")
        agreed = await _opening(scene, act.actor, str(lends.args["product"]), *act.agreed)
    given = dict(act.input)
    call = Call(scene.tenant, scene.ref, act.action, actor, given, None if query else key, agreed)
    where = f"{act.action} by {act.actor} (line {act.at.line})"
    try:
        reply = await (host.query(call) if query else host.perform(call))
    except EnsceneError as error:
        code: str | None = error.code
        answer: dict[str, Any] = {"detail": error.detail, "param": error.param}
    else:
        answer = msgspec.json.decode(reply.body)
        code = answer["code"] if reply.refused else None
    if act.refused is not None:
        if code not in (act.refused, f"scene.{act.refused}"):
            result.faults.append(f"{where}: refused with {act.refused} expected, got {code}")
    elif code is not None:
        result.faults.append(f"{where}: {code}: {answer.get('detail')} {answer.get('param')}")
    else:
        for name, value in act.answer.items():
            if answer.get(name) != value:
                result.faults.append(f"{where}: {name} is {answer.get(name)!r}, not {value!r}")


async def _compare(
    connection: asyncpg.Connection[Any], scene: RunningScene, case: Case, result: CaseResult
) -> None:
    then, currency = case.then, scene.pack.currency
    where = (scene.tenant, scene.id)
    for (account, ref), amount in then.balances.items():
        found = await connection.fetchval(
            """
select a.posted from account a join party p on p.tenant = a.tenant and p.id = a.owner
 where a.tenant = $1 and a.scene = $2 and a.name = $3 and a.id > 0
   and p.ref = $4""",
            *where,
            account,
            ref,
        )
        if found != amount:
            shown = "nothing" if found is None else format_money(found, currency)
            result.faults.append(
                f"{account} of {ref} is {shown}, not {format_money(amount, currency)}"
            )
    for (thing, key), state in then.states.items():
        found = await connection.fetchval(
            """
select state from thing where tenant = $1 and scene = $2 and type = $3 and key = $4""",
            *where,
            thing,
            key,
        )
        if found != state:
            result.faults.append(f"{thing} {key} is {found}, not {state}")
    real, clocks = await connection.fetchrow(
        "select clock_timestamp(), clocks::text from shard where id = $1", SHARD
    )
    now = real + offsets_of(clocks).get(scene.tenant, timedelta(0))
    for (counter, ref), value in then.counters.items():
        found = await connection.fetchval(
            """
select c.value from counter c join party p on p.tenant = c.tenant and p.id = c.owner
 where c.tenant = $1 and c.scene = $2 and c.name = $3 and p.ref = $4 and c.span = $5""",
            *where,
            counter,
            ref,
            window_key(now, scene.zone, scene.pack.counters[counter].per),
        )
        if (found or 0) != value:
            result.faults.append(f"{counter} of {ref} is {found or 0}, not {value} (minor units)")
    await _compare_counts(connection, scene, case, result)


async def _compare_offers(
    connection: asyncpg.Connection[Any],
    scene: RunningScene,
    expected: tuple[tuple[str, str], ...],
    result: CaseResult,
) -> None:
    rows = await connection.fetch(
        """
select p.ref, d.product from decision d
  join party p on p.tenant = d.tenant and p.id = d.customer
 where d.tenant = $1 and d.scene = $2 and d.product is not null""",
        scene.tenant,
        scene.id,
    )
    found = {(row[0], row[1]) for row in rows}
    for ref, product in sorted(set(expected) - found):
        result.faults.append(f"{product} was not offered to {ref}")
    for ref, product in sorted(found - set(expected)):
        result.faults.append(f"{product} was offered to {ref}")


async def _compare_contracts(
    connection: asyncpg.Connection[Any],
    scene: RunningScene,
    expected: tuple[tuple[str, str], ...],
    result: CaseResult,
) -> None:
    rows = await connection.fetch(
        """
select p.ref, k.product from contract k
  join party p on p.tenant = k.tenant and p.id = k.customer
 where k.tenant = $1 and k.scene = $2""",
        scene.tenant,
        scene.id,
    )
    shelf = {product.shelf: name for name, product in scene.pack.products.items()}
    found = Counter((row[0], shelf.get(row[1], row[1])) for row in rows)
    for (ref, product), count in sorted((Counter(expected) - found).items()):
        result.faults.append(f"{ref} opened {count} {product} too few")
    for (ref, product), count in sorted((found - Counter(expected)).items()):
        result.faults.append(f"{ref} opened {count} {product} too many")


async def _compare_counts(
    connection: asyncpg.Connection[Any], scene: RunningScene, case: Case, result: CaseResult
) -> None:
    queries = {
        "cases": "select count(*) from work_case where tenant = $1 and scene = $2",
        "notices": """
select coalesce(sum(jsonb_array_length(facts -> 'notices')), 0)::bigint
  from event where tenant = $1 and scene = $2 and facts ? 'notices'""",
    }
    for name, query in queries.items():
        expected = getattr(case.then, name)
        if expected is not None:
            found = await connection.fetchval(query, scene.tenant, scene.id)
            if found != expected:
                result.faults.append(f"{found} {name}, not {expected}")
