"""Trainings and experts over HTTP: places, results by another person, skills, and questions."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.test_launch import Bank, bank  # noqa: F401
from enscene.operations import store as operations_store
from enscene.tenants.users import create_user
from enscene.work import read_skills

AT = "/v1/teamwork"
COURSE: dict[str, Any] = {
    "scene": "north", "title": "Loans at the till", "held_on": "2020-01-02", "audience": "staff",
    "places": 2, "skill": "loan",
}  # fmt: skip


async def trained(bank: Bank, **given: Any) -> str:  # noqa: F811
    """A training of the scene, and people of the bank; its path."""
    for login in ("rm", "zhou", "wu"):
        await create_user(
            bank.pool, bank.tenant, login, name=login, password="a-long-password", roles=["manager"]
        )
    made = await bank.maker.post(f"{AT}/trainings", COURSE | given)
    assert made.status_code == 200, made.text
    return f"{AT}/trainings/{made.json()['id']}"


@pytest.mark.usefixtures("bank")
async def test_who_passes_can_be_routed_to(bank: Bank) -> None:  # noqa: F811
    await bank.sandboxed()
    at = await trained(bank)
    for login in ("rm", "zhou"):
        assert (await bank.maker.post(f"{at}/people", {"name": login})).status_code == 200
    full = await bank.maker.post(f"{at}/people", {"name": "wu"})
    assert (full.status_code, full.json()["code"]) == (409, "training.full")
    result = {"name": "rm", "attended": True, "passed": True, "score": 91}
    told = await bank.maker.post(f"{at}/results", result)
    assert (told.json()["attended"], told.json()["passed"]) == (1, 1)
    await bank.maker.post(f"{at}/results", {"name": "zhou", "attended": True, "passed": False})
    again = await bank.maker.post(f"{at}/results", result)
    assert (again.status_code, again.json()["code"]) == (409, "training.recorded")
    async with operations_store.reading(bank.pool, bank.tenant.id) as connection:
        assert await read_skills(connection, bank.tenant.id) == {"rm": ("loan",)}
    first, second = (await bank.reader.get(f"{AT}/learners")).json()["data"]
    assert (first["login"], first["passed"], first["score"], first["skills"]) == (
        "rm", 1, 91, ["loan"],
    )  # fmt: skip
    assert (second["passed"], second["skills"]) == (0, [])
    (card,) = (await bank.reader.get(f"{AT}/trainings?scene=north")).json()["data"]
    assert (card["entered"], card["people"]) == (2, [])


@pytest.mark.usefixtures("bank")
async def test_the_last_place_goes_to_one_of_two(bank: Bank) -> None:  # noqa: F811
    await bank.sandboxed()
    at = await trained(bank, places=1)
    done = await asyncio.gather(
        *(bank.maker.post(f"{at}/people", {"name": name}) for name in ("rm", "zhou", "wu"))
    )
    assert sorted(each.status_code for each in done) == [200, 409, 409]
    assert (await bank.reader.get(at)).json()["entered"] == 1


@pytest.mark.usefixtures("bank")
async def test_what_is_wrong_says_where_and_leaves_no_trace(bank: Bank) -> None:  # noqa: F811
    await bank.sandboxed()
    for param, wrong in (
        ("title", {"title": " "}), ("held_on", {"held_on": "x"}), ("audience", {"audience": "x"}),
        ("places", {"places": 0}), ("skill", {"skill": "x"}), ("skill", {"audience": "customers"}),
    ):  # fmt: skip
        bad = await bank.maker.post(f"{AT}/trainings", COURSE | wrong)
        assert (bad.status_code, bad.json()["param"]) == (400, param), bad.text
    assert (await bank.maker.post(f"{AT}/trainings", COURSE | {"scene": "none"})).status_code == 404
    assert (await bank.reader.get(f"{AT}/trainings")).json()["data"] == []
    later = datetime.now(UTC).date() + timedelta(5)
    at = await trained(bank, held_on=later.isoformat())
    bad = await bank.maker.post(f"{at}/people", {"name": "nobody"})
    assert (bad.status_code, bad.json()["code"]) == (400, "training.person")
    await bank.maker.post(f"{at}/people", {"name": "rm"})
    for code, result in (
        ("training.early", {"attended": True}), ("training.result", {"attended": False, "passed": True}),
        ("training.score", {"attended": True, "score": 101}),
    ):  # fmt: skip
        bad = await bank.maker.post(f"{at}/results", {"name": "rm", **result})
        assert bad.json()["code"] == code, bad.text
    none = await bank.maker.post(f"{at}/results", {"name": "zhou", "attended": True})
    assert (none.status_code, none.json()["code"]) == (404, "training.no_person")
    assert (await bank.reader.get(at)).json()["people"][0]["attended"] is None
    for path in ("trainings/x", "trainings/x/people", "experts/x/ask", "experts/x/end", "experts/x",
                 "learners/x"):  # fmt: skip
        assert (await bank.maker.post(f"{AT}/{path}", {})).status_code in (404, 405), path
    assert (await bank.maker.send("DELETE", f"{AT}/experts", {})).status_code == 405
    assert (await bank.reader.post(f"{AT}/trainings", COURSE)).status_code == 403


@pytest.mark.usefixtures("bank")
async def test_an_expert_is_found_asked_and_answers(bank: Bank) -> None:  # noqa: F811
    await bank.sandboxed()
    await trained(bank)
    order = {"name": "Wu", "login": "wu", "vertical": "catering", "knows": "kitchens and tills"}
    nobody = await bank.maker.post(f"{AT}/experts", order | {"login": "nobody"})
    assert (nobody.status_code, nobody.json()["param"]) == (400, "login")
    made = await bank.maker.post(f"{AT}/experts", order)
    assert made.status_code == 200, made.text
    for query, count in (("q=kitchens%20WU", 1), ("q=boats", 0)):
        found = (await bank.reader.get(f"{AT}/experts?{query}")).json()["data"]
        assert len(found) == count, query
    at = f"{AT}/experts/{made.json()['id']}"
    asked = await bank.maker.post(f"{at}/ask", {"says": "how many tills?", "scene": "north"})
    voice = asked.json()
    assert (voice["kind"], voice["owner"], voice["scene"]) == ("question", "wu@bank", "north")
    other = await bank.app("other", "launch:edit")
    answered = await other.post(f"/v1/voices/{voice['id']}/answer", {"says": "two"})
    assert answered.json()["answer"] == "two"
    assert (await bank.maker.post(f"{at}/end", {})).json()["ended"] is True
    gone = await bank.maker.post(f"{at}/ask", {"says": "and now?"})
    assert (gone.status_code, gone.json()["code"]) == (404, "expert.not_found")
