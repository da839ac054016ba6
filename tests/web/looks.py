"""At which widths and in which languages pages are looked at."""

from __future__ import annotations

import os
from typing import Any

import pytest

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
SHOTS = os.environ.get("ENSCENE_SHOTS")
"""A folder for pictures of what was looked at: then of each width in each language."""

_LOOKS = [(PHONE, "zh-CN"), (DESK, "en-GB"), (PHONE, "en-GB"), (DESK, "zh-CN")]
looks = pytest.mark.parametrize(
    ("size", "language"),
    _LOOKS if SHOTS else _LOOKS[:2],
    ids=lambda each: each if isinstance(each, str) else "phone" if each is PHONE else "desk",
)
"""Both widths and both languages, each with each where pictures are taken."""


async def picture(page: Any, name: str, size: dict[str, int], language: str) -> None:
    """Keep a picture of the whole page if pictures are taken: `name-zh-390.png`.

    The window is made as tall as the page, else what is fixed to its foot stands in the middle.
    """
    if not SHOTS:
        return
    tall = await page.evaluate("document.documentElement.scrollHeight")
    await page.set_viewport_size({**size, "height": max(tall, size["height"])})
    path = f"{SHOTS}/{name}-{language[:2]}-{size['width']}.png"
    await page.screenshot(path=path, full_page=True)
    await page.set_viewport_size(size)
