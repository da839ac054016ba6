"""Pages that show a person to others, or do not answer, are found; also behind a link."""

from __future__ import annotations

import re

import pytest

from enscene.cli._attack_canary import new_canary
from enscene.cli._attack_canary_pages import Place, Visitor, read_pages, send_forms
from enscene.cli._attack_judge import Judged

LIST, ONE = re.compile(r"/list"), re.compile(r"/list/[^/]+")
READ = [Place("/list", frozenset({"GET"}), LIST), Place("/list/{ref}", frozenset({"GET"}), ONE)]
SENT = [Place("/list/{ref}", frozenset({"POST"}), ONE)]
FORM = '<form action="/list/a1"><input name="csrf" value="x7"><input name="why"></form>'


def _visitor(pages: dict[str, tuple[int, str]]) -> tuple[Visitor, list[tuple[str, str, str]]]:
    asked = []

    async def ask(method: str, path: str, form: dict[str, str]) -> tuple[int, str]:
        asked.append((method, path, " ".join(f"{name}={form[name]}" for name in sorted(form))))
        return pages.get(f"{method} {path}", (404, ""))

    return Visitor("li", ask, "/list"), asked


@pytest.mark.parametrize("status", [200, 403, 404, 500])
async def test_a_page_that_shows_somebody_is_found_behind_a_link(status: int):
    canary, judged = new_canary(), Judged(24, "x")
    visitor, _ = _visitor({"GET /list": (200, FORM), "GET /list/a1": (status, canary.name)})
    await read_pages(judged, READ, [visitor], canary)
    assert any(f"li /list/a1 {status}: {canary.name}" in wrong for wrong in judged.wrong)


async def test_pages_that_show_nobody_are_right_and_one_that_is_not_reached_is_wrong():
    canary, judged = new_canary(), Judged(24, "x")
    visitor, asked = _visitor({"GET /list": (200, FORM)})
    await read_pages(judged, READ, [visitor], canary)
    assert judged.wrong == []
    assert {path for _, path, _ in asked} == {"/list", "/list/a1", f"/list/{canary.ref}"}
    broken, _ = _visitor({})
    broken.part = "/elsewhere"
    judged = Judged(24, "x")
    await read_pages(judged, READ, [broken], canary)
    assert "/list/{ref}" in judged.wrong[0]


async def test_forms_carry_marks_in_every_field_and_an_answer_with_the_person_is_found():
    known, typed = new_canary(), new_canary()
    visitor, asked = _visitor(
        {"GET /list": (200, FORM), "POST /list/a1": (400, f"{known.phone} {typed.phone}")}
    )
    await read_pages(Judged(24, "x"), READ, [visitor], known)
    judged = Judged(24, "x")
    await send_forms(judged, SENT, [visitor], known, typed)
    sent = [each for each in asked if each[0] == "POST"]
    assert {each[1] for each in sent} == {f"/list/{known.ref}", "/list/a1"}
    assert all(f"csrf=x7 why={typed.said}" == each[2] for each in sent)
    [wrong] = judged.wrong
    assert f"li /list/a1 400: {known.phone}" in wrong
    assert typed.phone not in wrong
    assert "li is not let in" in wrong, "one page is not the console"
