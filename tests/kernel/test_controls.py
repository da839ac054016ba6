"""Every control of the program is switched off by a test that then fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from enscene.cli._norm_facts import load_controls
from enscene.kernel import controls
from enscene.kernel.controls import control, control_names

TESTS = Path(__file__).parents[1]


def test_every_control_is_named_where_controls_are_switched_off() -> None:
    """The tables of those tests are checked for completeness beside them; here, that none of the
    whole program is forgotten."""
    load_controls()
    switching = [
        path.read_text("utf-8")
        for path in TESTS.rglob("*.py")
        if path != Path(__file__) and "_CONTROLS" in path.read_text("utf-8")
    ]
    # The tables of the FAPI modules stand in a file of their own.
    switching.append((TESTS / "api" / "auth" / "fapi_controls.py").read_text("utf-8"))
    named = set(re.findall(r'"([a-z][a-z0-9_]+)"', "\n".join(switching)))
    assert len(control_names()) > 70
    assert control_names() - named == set()


def test_a_control_that_is_replaced_is_replaced_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controls, "_CONTROLS", {})

    @control("one")
    def check(number: int) -> None:
        if number < 0:
            raise ValueError(number)

    check(1)
    with pytest.raises(ValueError, match="-1"):
        check(-1)
    monkeypatch.setitem(controls._CONTROLS, "one", lambda number: None)
    check(-1)
    with pytest.raises(AssertionError):
        control("one")(check)
