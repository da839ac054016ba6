"""No lock pins what is known to have a hole; an old pin is found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.advisories import LOCKS, Advisory, find_holes, read_advisories, read_pins

JINJA = [Advisory("jinja2", "3.1.6", "CVE-2025-27516")]


@pytest.mark.parametrize("lock", ["run", "risk", "test"])
def test_locks_pin_nothing_with_a_known_hole(lock: str) -> None:
    pins = read_pins((LOCKS / f"{lock}.txt").read_text(encoding="utf-8"))
    assert len(pins) > 10
    assert find_holes(pins, read_advisories()) == []


@pytest.mark.parametrize(
    ("version", "found"),
    [("3.1.5", True), ("3.1", True), ("2.11.3", True), ("3.1.6rc1", True), ("3.1.6", False),
     ("3.1.6.post1", False), ("3.1.10", False), ("3.2", False), ("10.0", False)],
)  # fmt: skip
def test_versions_are_compared_as_numbers(version: str, found: bool) -> None:
    assert bool(find_holes({"jinja2": version}, JINJA)) is found


def test_a_planted_old_pin_is_named() -> None:
    text = "Jinja2==3.1.2 \\\n    --hash=sha256:00\nuvicorn[standard]==0.54.0 ; x == 'y' \\\n"
    pins = read_pins(text)
    assert pins == {"jinja2": "3.1.2", "uvicorn": "0.54.0"}
    assert find_holes(pins, JINJA) == ["jinja2 3.1.2: CVE-2025-27516, mended in 3.1.6"]


@given(st.lists(st.integers(0, 99), min_size=1, max_size=4))
def test_a_version_is_not_older_than_itself(numbers: list[int]) -> None:
    version = ".".join(map(str, numbers))
    assert find_holes({"a": version}, [Advisory("a", version, "x")]) == []
    assert find_holes({"a": version}, [Advisory("a", f"{version}.1", "x")])
