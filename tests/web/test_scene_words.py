"""What scenes call things: no page shows an inner name, in either language."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from enscene.operations import Templates
from enscene.tenants.users import create_user
from enscene.web.language import LANGUAGES, Language, Texts
from enscene.web.scene_words import tell_data, tell_fact
from lending import open_lending
from web.test_workbench import PASSWORD, desk_of

INNER = re.compile(r"[a-z]+[._][a-z_.]+")


def all_packs(templates: Templates) -> list[Any]:
    folder = Path(__file__).parents[2] / "packs"
    packs = [templates.get(place.name) for place in sorted(folder.iterdir()) if place.is_dir()]
    assert len(packs) > 5
    return packs


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_data_of_all_scenes_has_words(templates: Templates, language: Language) -> None:
    t = Texts(language)
    for pack in all_packs(templates):
        words = pack.texts[language]
        names = {"bank.months_served", "bank.monthly_spend", "bank.contracts", "bank.name"}
        names |= {f"customer.{name}" for name in ("born", "income", "months")}
        for thing in pack.things.values():
            names |= {f"scene.{thing.name}.{field}" for field in thing.fields}
        for moment in pack.moments.values():
            names |= {f"scene.{read}" for read in (moment.condition or _Nothing).reads}
        for name in sorted(names):
            told = tell_data(name, words, t, for_staff=True)
            assert not INNER.search(told), (pack.id, name, told)
            if language == "zh":
                assert not re.search(r"[a-z]{3,}", told), (pack.id, name, told)


class _Nothing:
    reads = ()


def test_a_fact_is_told_in_the_words_of_the_pack(templates: Templates) -> None:
    words = templates.get("smart_canteen").texts["zh"]
    fields = {"canteen": "hall", "dishes": ["d1", "d2"], "serving": "lunch", "comment": ""}
    assert tell_fact(fields, words, Texts("zh")) == [
        (words["fields.canteen"], "hall"),
        (words["fields.dishes"], "d1、d2"),
        (words["fields.serving"], words["choices.lunch"]),
    ]


async def test_the_bank_is_not_spoken_to_as_the_customer(pool: Any) -> None:
    async with open_lending(pool) as lending:
        await create_user(
            pool, lending.trip.tenant, "audit", name="audit", password=PASSWORD, roles=["auditor"]
        )
        await lending.trip.book("ann", "B1", "3600.00")
        told = await lending.decide("B1")
        page = (await (await desk_of(lending, "audit")).get(f"/applications/{told['id']}")).text
        data = page.partition("使用的数据")[2].partition("</section>")[0]
        assert "客户填写 · 月收入" in data
        assert "来自场景 · 预订 · 价格" in data
        assert "您填写" not in page
        assert not INNER.search(re.sub(r"<[^>]+>", " ", data))
