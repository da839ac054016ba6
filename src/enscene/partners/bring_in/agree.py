"""Agree on terms, and open entries: each by two people of the bank."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from enscene.kernel.clock import local_day
from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from enscene.kernel.ids import new_uuid
from enscene.kernel.money import parse_money
from enscene.partners import store
from enscene.partners.bring_in import store as sql
from enscene.partners.bring_in.entry import (
    CLASSES,
    IN_KINDS,
    OUT_KINDS,
    PAYERS,
    SHOWN,
    Entry,
    Terms,
    entry_not_found,
    in_force,
    origin_of,
    own_origins,
)
from enscene.partners.find_partner import read_partner
from enscene.partners.incidents.incident import check_words
from enscene.partners.inventory import read_assets

ENTRIES_MOST, SCENES_MOST, POSITION_MOST = 60, 50, 1_000


async def propose_terms(
    pool: store.Pool,
    tenant: int,
    partner: UUID,
    *,
    number: str,
    starts: date,
    who: str,
    in_kind: str = "none",
    in_price: str = "0",
    in_payer: str = "bank",
    out_kind: str = "none",
    out_price: str = "0",
    out_payer: str = "bank",
    out_scenes: Sequence[str] = (),
    share_most: int = 60,
) -> Terms:
    """A version of the contract that waits for a second person. It holds from the first of a month
    that has not begun; the first version may hold from the present one. Prices are texts.

    Raises: Invalid("brought_in.terms", "incident.text", "money.bad_amount") by `param`,
    Conflict("partner.stage"), NotFound.
    """
    number = check_words(number, "number", 2, 60)
    scenes = tuple(dict.fromkeys(out_scenes))
    for holds, param, text in (
        (in_kind in IN_KINDS, "in_kind", "counted by visit, order, or a fixed sum"),
        (out_kind in OUT_KINDS, "out_kind", "counted by customer, or a fixed sum"),
        (in_payer in PAYERS, "in_payer", "bank or partner pays"),
        (out_payer in PAYERS, "out_payer", "bank or partner pays"),
        (1 <= share_most <= 100, "share_most", "1 to 100 percent"),
        (starts.day == 1, "starts", "terms hold from the first of a month"),
        (len(scenes) <= SCENES_MOST, "out_scenes", f"at most {SCENES_MOST} scenes"),
        (out_kind == "none" or scenes, "out_scenes", "which scenes of the bank are there"),
    ):
        _check(bool(holds), param, text)
    async with store.admitted(pool, tenant) as connection:
        await _present(connection, tenant, partner)
        now = await sql.read_now(connection, tenant)
        prices = []
        for kind, price, param in (
            (in_kind, in_price, "in_price"), (out_kind, out_price, "out_price"),
        ):  # fmt: skip
            minor = 0 if kind == "none" else parse_money(price, now["currency"], param=param)
            _check(kind == "none" or minor > 0, param, "a price is more than nothing")
            prices.append(minor)
        _check_start(await sql.read_terms(connection, tenant, partner), starts,
                     local_day(now["now"], now["zone"]))  # fmt: skip
        known = await connection.fetch(
            "select ref from scene where tenant = $1 and ref = any($2::text[])", tenant, scenes
        )
        _check({row["ref"] for row in known} == set(scenes), "out_scenes", "there is no such scene")
        return await sql.insert_terms(
            connection, tenant, partner, number, starts, now["currency"], in_kind, prices[0],
            in_payer, out_kind, prices[1], out_payer, list(scenes), share_most, who,
        )  # fmt: skip


async def decide_terms(
    pool: store.Pool, tenant: int, partner: UUID, version: int, *, agree: bool, who: str
) -> Terms:
    """Agree or refuse, by somebody else than who made them.

    Raises: NotFound, Conflict("brought_in.decided"), Forbidden("brought_in.four_eyes"),
    Invalid("brought_in.terms") when their first month has begun meanwhile.
    """
    async with store.admitted(pool, tenant) as connection:
        await _present(connection, tenant, partner)
        all_ = await sql.read_terms(connection, tenant, partner)
        known = next((each for each in all_ if each.version == version), None)
        if known is None:
            raise NotFound("there are no such terms", code="brought_in.no_terms")
        check_second(known.made_by, who)
        if agree:
            now = await sql.read_now(connection, tenant)
            _check_start(all_, known.starts, local_day(now["now"], now["zone"]))
        state = "agreed" if agree else "refused"
        done = await sql.decide_terms(connection, tenant, partner, version, state, who)
        if done is None:
            raise _decided(known.state)
        return done


async def propose_entry(
    pool: store.Pool,
    tenant: int,
    partner: UUID,
    *,
    title_zh: str,
    title_en: str,
    class_: str,
    url: str,
    shown: str,
    who: str,
) -> UUID:
    """An entry that waits for a second person. Its address is at an origin that the partner has
    named as its own, and nothing of it changes later: another address is another entry.

    Raises: Invalid("brought_in.entry", "brought_in.address", "incident.text") by `param`,
    Refused("brought_in.foreign_origin", "brought_in.not_live", "brought_in.too_many"), NotFound.
    """
    title_zh, title_en = check_words(title_zh, "title_zh", 2, 20), check_words(
        title_en, "title_en", 2, 40
    )  # fmt: skip
    if class_ not in CLASSES:
        raise Invalid("there is no such class", code="brought_in.entry", param="class")
    if shown not in SHOWN:
        raise Invalid("shown as page or frame", code="brought_in.entry", param="shown")
    assets = await read_assets(pool, tenant, partner)
    async with store.admitted(pool, tenant) as connection:
        now = await sql.read_now(connection, tenant)
        origin = origin_of(url, sandbox=now["sandbox"])
        known = await read_partner(connection, tenant, partner, lock=True)
        if known.stage != "live":
            raise not_live(known.stage)
        check_own_origin(origin, own_origins(known, assets, sandbox=now["sandbox"]))
        if len(await sql.list_entries(connection, tenant)) >= ENTRIES_MOST:
            raise Refused(f"at most {ENTRIES_MOST} entries", code="brought_in.too_many")
        entry = new_uuid()
        await sql.insert_entry(
            connection, tenant, entry, partner, title_zh, title_en, class_, url, origin, shown, who
        )
    return entry


async def decide_entry(
    pool: store.Pool, tenant: int, entry: UUID, *, open_: bool, who: str
) -> Entry:
    """Open it or refuse, by somebody else; open only while terms with its partner are in force.

    Raises: NotFound, Conflict("brought_in.decided"), Forbidden("brought_in.four_eyes"),
    Refused("brought_in.not_live", "brought_in.no_contract").
    """
    async with store.admitted(pool, tenant) as connection:
        known = await _locked(connection, tenant, entry)
        check_second(known.made_by, who)
        if known.state != "proposed":
            raise _decided(known.state)
        if open_:
            partner = await read_partner(connection, tenant, known.partner, lock=True)
            if partner.stage != "live":
                raise not_live(partner.stage)
            now = await sql.read_now(connection, tenant)
            terms = await sql.read_terms(connection, tenant, known.partner)
            if in_force(terms, local_day(now["now"], now["zone"])) is None:
                raise Refused("no terms with it are in force", code="brought_in.no_contract")
        await sql.decide_entry(connection, tenant, entry, "open" if open_ else "refused", who)
        return await _locked(connection, tenant, entry)


async def close_entry(pool: store.Pool, tenant: int, entry: UUID, who: str) -> Entry:
    """Take it away at once; twice is once, and one person is enough. Raises: NotFound."""
    async with store.admitted(pool, tenant) as connection:
        known = await _locked(connection, tenant, entry)
        if known.state in ("proposed", "open"):
            await sql.decide_entry(connection, tenant, entry, "closed", who)
        return await _locked(connection, tenant, entry)


async def move_entry(pool: store.Pool, tenant: int, entry: UUID, position: int) -> None:
    """Where it stands among the others; the smaller comes first. Raises: Invalid, NotFound."""
    if not 0 <= position <= POSITION_MOST:
        raise Invalid(f"0 to {POSITION_MOST}", code="brought_in.entry", param="position")
    async with store.admitted(pool, tenant) as connection:
        await _locked(connection, tenant, entry)
        await sql.put_position(connection, tenant, entry, position)


@control("brought_in_second")
def check_second(made_by: str, who: str) -> None:
    """Raises: Forbidden("brought_in.four_eyes")."""
    if made_by == who:
        raise Forbidden("somebody else has to decide", code="brought_in.four_eyes")


@control("brought_in_origin")
def check_own_origin(origin: str, own: frozenset[str]) -> None:
    """Raises: Refused("brought_in.foreign_origin")."""
    if origin not in own:
        raise Refused(
            f"{origin} is none of the origins that the partner has named",
            code="brought_in.foreign_origin",
            param="url",
            facts={"origin": origin},
            hint="it names them as redirect_uris or webhook_url, or the bank as a domain",
        )


def not_live(stage: str) -> Refused:
    """Only a live partner's scene is shown."""
    return Refused("its partner is not live", code="brought_in.not_live", facts={"stage": stage})


async def _present(connection: store.Connection, tenant: int, partner: UUID) -> None:
    known = await read_partner(connection, tenant, partner, lock=True)
    if known.stage in ("draft", "left"):
        raise Conflict(
            "there is no contract with whoever has not applied or has left",
            code="partner.stage",
            facts={"stage": known.stage, "wanted": "applied"},
        )


async def _locked(connection: store.Connection, tenant: int, entry: UUID) -> Entry:
    known = await sql.read_entry(connection, tenant, entry, lock=True)
    if known is None:
        raise entry_not_found()
    return known


def _check_start(terms: list[Terms], starts: date, today: date) -> None:
    # What was counted cannot become dearer afterwards.
    first = not any(each.state == "agreed" for each in terms)
    holds = starts >= today.replace(day=1) if first else starts > today
    _check(holds, "starts", "another price holds from a month that has not begun")


def _decided(state: str) -> Conflict:
    return Conflict("it was decided already", code="brought_in.decided", facts={"state": state})


def _check(holds: bool, param: str, text: str) -> None:
    if not holds:
        raise Invalid(text, code="brought_in.terms", param=param)
