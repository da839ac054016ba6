"""A scene's own lending action in a customer's page: it leads to an application, not to money."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx

from enscene.web import ConsoleSettings, create_console
from enscene.web.h5_token import issue_h5_token
from packs.open_scene import Story, open_story

PACKS = Path(__file__).parents[2] / "packs"
PEOPLE = {"ann": "customer", "school": "merchant", "bank": "bank"}
ORDER = {"order": "O1", "admission": "A1", "title": "英语课程", "price": "6000.00", "months": 6,
         "stages": 3}  # fmt: skip
PAPER = {"order": "O1", "document": "D1", "kind": "purchase_contract", "age": 30,
         "student": False, "income": "8000.00"}  # fmt: skip


async def page_of(story: Story, path: str, **form: str) -> str:
    app = create_console(story.host, story.pool, ConsoleSettings(packs=PACKS))
    token = await issue_h5_token(story.pool, story.tenant.id, "instalment", "ann")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://bank.test",
        headers={"authorization": f"H5 {token}"},
    ) as client:  # fmt: skip
        answer = await client.post(f"/h5/bank/instalment/orders{path}?lang=zh", data=form)
    return answer.text


async def test_a_loan_of_the_scene_is_applied_for_in_the_page(pool: Any) -> None:
    async with open_story(pool, "instalment", PEOPLE, {}) as story:
        await story.know("ann", born="1990-05-01", customer_since="2019-01-01")
        await story.do("admit_merchant", "bank", admission="A1", merchant="school", trade="培训")
        await story.do("place_order", "ann", **ORDER)
        await story.do("file_evidence", "ann", **PAPER)
        page = await page_of(story, "/content")
        assert "/do/take_loan" not in page
        forms = re.findall(r'<form data-path="/apply/begin">(.*?)</form>', page, re.DOTALL)
        form = next(form for form in forms if 'name="thing"' in form)
        button = {"product": "instalment", "thing": "order", "about": "O1"}
        for name, value in button.items():
            assert f'name="{name}"' in form
            assert f'value="{value}"' in form
        # What the scene's own rules have against it is said at once, and nothing is begun.
        page = await page_of(story, "/apply/begin", **button)
        assert story.pack.texts["zh"]["refusals.not_verified"] in page
        await story.do("verify_evidence", "bank", document="D1")
        page = await page_of(story, "/apply/begin", **button)
        assert "6,000.00" in page
        assert 'data-state="begun"' in page
        # Pressed again it is the same application.
        again = await page_of(story, "/apply/begin", **button)
        ref = re.compile(r'name="application" value="([^"]*)"')
        assert set(ref.findall(page)) == set(ref.findall(again)) != set()
