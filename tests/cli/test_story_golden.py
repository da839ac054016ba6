"""What story `golden` needs beside its sandbox."""

from __future__ import annotations

import pytest

from enscene.cli import _golden_console as console
from enscene.cli._golden_diner import sum_of
from enscene.cli._story_golden import PROGRAMS
from enscene.kernel.errors import Unavailable


def test_a_sum_of_a_page_is_read_in_minor_units() -> None:
    assert [sum_of(text) for text in ("¥0.00", "¥18.00", "1,234.56")] == [0, 1_800, 123_456]


async def test_without_a_browser_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable) as found:
        async with console.chromium():
            pass
    assert (found.value.code, found.value.hint) == ("story.no_browser", "./enscene test")


def test_its_programs_may_no_more_than_they_do() -> None:
    """One reads what is credited, the other moves a clock."""
    assert {ref: program.platform for ref, (_, program) in PROGRAMS.items()} == {
        "sandbox": ("launch:read",), "ningbo": ("platform:clock",),
    }  # fmt: skip
