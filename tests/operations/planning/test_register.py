"""The register: one entry for each scene that went live and each candidate, with its whole history."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from enscene.kernel.clock import local_day
from enscene.kernel.errors import Conflict, EnsceneError, Invalid, NotFound
from enscene.operations import (
    Templates,
    Wish,
    approve_launch,
    begin_launch,
    move_scene,
    save_wish,
    submit_launch,
)
from enscene.operations import store as operations_store
from enscene.operations.planning import (
    MODES,
    USES,
    USUAL,
    Entry,
    add_candidate,
    cells,
    change_entry,
    drop_candidate,
    enter_scene,
    follow,
    list_bank_wide,
    list_entries,
    matches,
    reached_from,
    read_entry,
    read_history,
    read_modes,
    review_entry,
)
from enscene.shelf.day_count import months_later
from enscene.tenants import create_tenant, list_below
from operations.planning.conftest import candidate, live_scene


async def today(pool: Any, tenant: int) -> date:
    async with operations_store.reading(pool, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
    return local_day(clock["now"], clock["zone"])


async def entry_of(pool: Any, tenant: int, ref: str, templates: Templates) -> Entry:
    return await read_entry(pool, tenant, ref, templates.packs)


async def test_a_scene_enters_the_register_when_it_goes_live_and_once_alone(
    pool: Any, tenant: int, templates: Templates
) -> None:
    launch = await begin_launch(pool, tenant, templates.get("smart_canteen"), "ann@bank")
    wish = Wish(ref="north", name="North", region="杭州", unit="west", customer="acme")
    await save_wish(pool, tenant, launch, wish)
    await submit_launch(pool, tenant, templates, launch, "ann@bank", "Asia/Shanghai")
    await approve_launch(pool, tenant, templates, launch, "bob@bank")
    await move_scene(pool, tenant, "north", "pilot", "ann@bank")
    assert await list_entries(pool, tenant, templates.packs) == ()
    await move_scene(pool, tenant, "north", "live", "bob@bank")
    (entry,) = await list_entries(pool, tenant, templates.packs)
    content = entry.content
    assert (entry.state, entry.version, entry.made_by) == ("live", 1, "bob@bank")
    assert (content.unit, content.customer, content.region) == ("west", "acme", "杭州")
    assert (content.sector, content.serves) == ("catering", ("G", "B", "C"))
    assert content.next_review == months_later(await today(pool, tenant), 12)
    await move_scene(pool, tenant, "north", "suspended", "bob@bank")
    await move_scene(pool, tenant, "north", "live", "bob@bank")
    assert [each.version for each in await list_entries(pool, tenant, templates.packs)] == [1]


async def test_a_scene_that_nobody_entered_stands_there_and_can_be_changed(
    pool: Any, tenant: int, templates: Templates
) -> None:
    await live_scene(pool, tenant, 7, "south", customer="acme")
    entry = await entry_of(pool, tenant, "south", templates)
    assert (entry.id, entry.version, entry.content.customer) == (None, 0, "acme")
    await change_entry(pool, tenant, "south", 0, {"owner": "cyd"}, templates.packs, "ann")
    entry = await entry_of(pool, tenant, "south", templates)
    assert (entry.version, entry.content.owner, entry.content.customer) == (2, "cyd", "acme")
    # Its template is the scene's own.
    await change_entry(pool, tenant, "south", 2, {"pack": "travel"}, templates.packs, "ann")
    entry = await entry_of(pool, tenant, "south", templates)
    assert (entry.version, entry.content.pack) == (2, "smart_canteen")
    assert len(await list_entries(pool, tenant, templates.packs)) == 1


async def test_a_candidate_becomes_the_entry_of_the_scene_of_its_reference(
    pool: Any, tenant: int, templates: Templates
) -> None:
    await candidate(pool, tenant, templates, "south", owner="ann")
    await live_scene(pool, tenant, 7, "south")
    async with operations_store.writing(pool, tenant) as connection:
        await enter_scene(connection, tenant, 7, "bob")
    (entry,) = await list_entries(pool, tenant, templates.packs)
    assert (entry.state, entry.content.owner, entry.scene_ref) == ("live", "ann", "south")
    history = await read_history(pool, tenant, entry)
    assert [(each.what, each.changed_by) for each in history] == [("scene", "bob"), ("made", "ann")]
    with pytest.raises(Conflict) as caught:
        await candidate(pool, tenant, templates, "south")
    assert caught.value.code == "planning.ref_taken"


async def test_every_change_stays_in_the_history(
    pool: Any, tenant: int, templates: Templates
) -> None:
    await candidate(pool, tenant, templates, "spa")
    await change_entry(
        pool, tenant, "spa", 1, {"owner": "cyd", "pains": "queues"}, templates.packs, "bob"
    )
    await change_entry(pool, tenant, "spa", 2, {"owner": "cyd"}, templates.packs, "bob")
    with pytest.raises(Conflict) as caught:
        await change_entry(pool, tenant, "spa", 1, {"owner": "eve"}, templates.packs, "eve")
    assert caught.value.code == "planning.version"
    await review_entry(pool, tenant, "spa", "looked at", "cyd")
    entry = await entry_of(pool, tenant, "spa", templates)
    history = await read_history(pool, tenant, entry)
    assert [(each.version, each.what, each.changed_by) for each in history] == [
        (3, "reviewed", "cyd"), (2, "changed", "bob"), (1, "made", "ann"),
    ]  # fmt: skip
    assert set(history[1].fields) == {"owner", "pains"}
    assert history[2].content.owner == ""
    assert history[0].note == "looked at"


async def test_the_level_sets_the_review_and_an_overdue_one_is_flagged(
    pool: Any, tenant: int, templates: Templates
) -> None:
    await candidate(pool, tenant, templates, "spa")
    now = await today(pool, tenant)
    for level, months in (("strategic", 3), ("key", 6), ("ordinary", 12)):
        await change_entry(pool, tenant, "spa", None, {"level": level}, templates.packs, "ann")
        entry = await entry_of(pool, tenant, "spa", templates)
        assert entry.content.next_review == months_later(now, months)
    due = entry.content.next_review
    assert due is not None
    assert not entry.is_overdue(due)
    assert entry.is_overdue(due + timedelta(days=1))
    changes = {"level": "key", "next_review": "2026-01-01"}
    await change_entry(pool, tenant, "spa", None, changes, templates.packs, "ann")
    entry = await entry_of(pool, tenant, "spa", templates)
    assert entry.content.next_review == date(2026, 1, 1)
    assert entry.is_overdue(now)
    await review_entry(pool, tenant, "spa", "looked at", "ann")
    assert not (await entry_of(pool, tenant, "spa", templates)).is_overdue(now)


async def test_the_chain_from_government_over_firms_to_persons_is_followed(
    pool: Any, tenant: int, templates: Templates
) -> None:
    await candidate(pool, tenant, templates, "diners", serves=["C"])
    await candidate(pool, tenant, templates, "firms", serves=["B"], links=["diners"])
    await candidate(pool, tenant, templates, "park", serves=["G"], links=["firms"])
    # A circle ends.
    await change_entry(pool, tenant, "diners", None, {"links": ["park"]}, templates.packs, "ann")
    entries = await list_entries(pool, tenant, templates.packs)
    assert [(r.entry.ref, r.through, r.links) for r in follow(entries, "park")] == [
        ("firms", None, 1), ("diners", "firms", 2),
    ]  # fmt: skip
    assert [each.ref for each in reached_from(entries, "diners")] == ["firms"]
    for links in (["none"], ["park"]):
        with pytest.raises(Invalid) as caught:
            await change_entry(pool, tenant, "park", None, {"links": links}, templates.packs, "a")
        assert caught.value.code == "planning.link"


async def test_it_is_found_by_name_industry_unit_and_customer(
    pool: Any, tenant: int, templates: Templates
) -> None:
    await candidate(
        pool, tenant, templates, "spa", name="Hot Springs", sector="tourism", unit="west",
        customer="Spa Ltd",
    )  # fmt: skip
    await candidate(pool, tenant, templates, "mall")
    entries = await list_entries(pool, tenant, templates.packs)
    for wanted in ("springs", "TOURISM", "west", "spa ltd", "spa"):
        assert [each.ref for each in entries if matches(each, wanted)] == ["spa"], wanted
    assert matches(entries[0], "旅行", "旅行业")


async def test_the_top_of_a_bank_sees_all_registers_below_and_nobody_sees_above(
    pool: Any, tenant: int, templates: Templates
) -> None:
    bank = next(each for each in await list_below(pool, tenant))
    branch = await create_tenant(pool, "hz", "Hangzhou", parent=bank)
    await candidate(pool, tenant, templates, "spa")
    await candidate(pool, branch.id, templates, "spa", customer="acme", pains="queues", owner="eve")
    await live_scene(pool, branch.id, 9, "hall", customer="acme", region="杭州")
    found = await list_bank_wide(pool, tenant, templates.packs)
    assert [(each.tenant.ref, each.entry.ref, each.entry.state) for each in found] == [
        ("bank", "spa", "candidate"), ("hz", "hall", "live"), ("hz", "spa", "candidate"),
    ]  # fmt: skip
    hall, theirs = found[1].entry.content, found[2].entry.content
    assert (hall.sector, hall.region, hall.customer) == ("catering", "杭州", "")
    assert (theirs.owner, theirs.customer, theirs.pains) == ("eve", "", "")
    own = await list_bank_wide(pool, branch.id, templates.packs)
    assert {each.tenant.ref for each in own} == {"hz"}


async def test_each_use_has_its_columns(pool: Any, tenant: int, templates: Templates) -> None:
    depth = {"weekly_percent": 30, "products_per_100": 150}
    await candidate(pool, tenant, templates, "spa", level="key", flagship=depth, lines=["wealth"])
    entry = await entry_of(pool, tenant, "spa", templates)
    rows = {use: cells(entry, use, date(2026, 1, 1), None, USUAL) for use in USES}
    assert {row[:3] for row in rows.values()} == {("spa", "spa", "candidate")}
    assert rows["manage"][5] == "key"
    assert rows["extend"][-1] == "wealth"
    assert rows["reward"][-2:] == ("30", "150")


async def test_a_dropped_candidate_is_over_and_stays_to_be_seen(
    pool: Any, tenant: int, templates: Templates
) -> None:
    await candidate(pool, tenant, templates, "spa")
    await drop_candidate(pool, tenant, "spa", "too far away", "ann")
    entry = await entry_of(pool, tenant, "spa", templates)
    assert (entry.state, entry.is_over) == ("dropped", True)
    for call in (
        drop_candidate(pool, tenant, "spa", "again", "ann"),
        review_entry(pool, tenant, "spa", "again", "ann"),
        change_entry(pool, tenant, "spa", None, {"owner": "x"}, templates.packs, "ann"),
    ):
        with pytest.raises(Conflict):
            await call


@pytest.mark.parametrize(
    ("code", "param", "given"),
    [
        ("planning.name", "name", {"name": " "}),
        ("planning.text", "owner", {"owner": "x" * 81}),
        ("planning.text", "drives", {"drives": "x" * 301}),
        ("planning.value", "level", {"level": "huge"}),
        ("planning.value", "route", {"route": "by_mail"}),
        ("planning.value", "serves", {"serves": ["D"]}),
        ("planning.value", "next_review", {"next_review": "soon"}),
        ("planning.line", "lines", {"lines": ["lottery"]}),
        ("planning.pack", "pack", {"pack": "none"}),
        ("planning.links", "links", {"links": [f"e{n}" for n in range(21)]}),
        ("planning.depth", "flagship", {"flagship": {"weekly_percent": 0, "products_per_100": 1}}),
    ],
)  # fmt: skip
async def test_what_is_wrong_leaves_no_trace(
    pool: Any, tenant: int, templates: Templates, code: str, param: str, given: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as caught:
        await candidate(pool, tenant, templates, "spa", **given)
    assert (caught.value.code, caught.value.param) == (code, param)
    assert await list_entries(pool, tenant, templates.packs) == ()


async def test_what_is_refused_says_why(pool: Any, tenant: int, templates: Templates) -> None:
    with pytest.raises(NotFound):
        await read_entry(pool, tenant, "none", templates.packs)
    with pytest.raises(NotFound):
        await review_entry(pool, tenant, "none", "x", "ann")
    with pytest.raises(EnsceneError):
        await add_candidate(pool, tenant, "Spa!", {"name": "x"}, {}, "ann")
    await candidate(pool, tenant, templates, "spa")
    with pytest.raises(Invalid):
        await review_entry(pool, tenant, "spa", " ", "ann")
    with pytest.raises(Conflict):
        await candidate(pool, tenant, templates, "spa")


def test_each_way_of_building_says_who_owns_what() -> None:
    found = read_modes()
    assert tuple(found.modes) == MODES
    for mode in found.modes.values():
        holders = {mode.owns.rules, mode.owns.operation, mode.owns.data, mode.owns.money}
        assert holders | {role.holder for role in mode.roles} <= set(found.holders)
        assert any(role.holder == "bank" for role in mode.roles)
