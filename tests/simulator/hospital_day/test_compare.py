"""Waiting to pay, both ways: what is compared comes from the pack, and from nothing else."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from enscene.simulator.book import Book, read_book
from enscene.simulator.hospital_day import HABITS, compare, read_ways
from enscene.simulator.hospital_day.compare import Line, waits
from enscene.simulator.hospital_day.patients import Patient, Stop, draw_patients

PACK = Path(__file__).parents[3] / "packs" / "hospital"
FEW = replace(HABITS, patients=300, counters=3, kiosks=2)


@pytest.fixture(scope="module")
def book() -> Book:
    files = {path.name: path.read_text() for path in PACK.glob("*.yaml")}
    return read_book("hospital", files, options={}, parts={}, counts={}, zone="Asia/Shanghai")


def changed(book: Book, action: str, **keys: Any) -> Book:
    actions = deepcopy(dict(book.actions))
    actions[action] |= keys
    return replace(book, actions=actions)


def test_the_pack_asks_for_no_payment_at_any_step_of_who_has_authorised(book):
    ways = read_ways(book)
    assert set(ways.after) == {"registration", "examination", "pharmacy", "treatment", "ward"}
    assert set(ways.after.values()) == {0}
    assert set(ways.before.values()) == {1}
    assert ways.cap == 3_000_000


def test_the_worst_of_twenty_days_has_half_the_waiting_or_less(book):
    found = compare(read_ways(book), HABITS, 0.6, range(1, 21))
    assert max(found.ratios) <= 0.5
    assert min(found.after_s) > 0


def test_a_pack_that_lets_people_pay_at_each_step_saves_nothing(book):
    """Were the new way's order an unpaid charge, its patients would stand at the counter."""
    same = changed(book, "order", creates={"thing": "charge", "state": "unpaid"})
    assert read_ways(same).after["pharmacy"] == 1
    assert read_ways(book).after["pharmacy"] == 0
    calm = replace(FEW, counters=60)  # no lines: the payments themselves are left
    saved = compare(read_ways(book), calm, 1.0, [1]).ratios[0]
    left = compare(read_ways(same), calm, 1.0, [1]).ratios[0]
    assert saved < 0.5 < left


def test_without_anybody_authorised_both_ways_are_one(book):
    found = compare(read_ways(book), FEW, 0.0, [1, 2])
    assert found.before_s == found.after_s


def test_a_day_is_the_same_for_the_same_seed():
    assert draw_patients(7, FEW, 0.6) == draw_patients(7, FEW, 0.6)
    assert draw_patients(7, FEW, 0.6) != draw_patients(8, FEW, 0.6)


def test_a_line_serves_in_order_by_all_its_servers():
    line = Line(2)
    assert [line.leave_s(0, 10), line.leave_s(0, 20), line.leave_s(5, 10)] == [10, 20, 20]
    assert line.leave_s(30, 5) == 35


def test_a_charge_above_the_cap_and_an_unreadable_card_go_to_the_counter(book):
    ways = read_ways(book)
    register = Stop("registration", 0, 80, 20, 100)
    dear = Stop("treatment", ways.cap + 1, 60, 20, 100)
    cheap = Stop("pharmacy", ways.cap, 60, 20, 100)

    def waited(*stops: Stop, readable: bool = True) -> float:
        patient = Patient(0, stops, authorised=True, readable=readable)
        return waits([patient], ways, HABITS, new=True)[0]

    assert waited(register, cheap) == 20
    assert waited(register, dear) == 80
    assert waited(register, cheap, replace(cheap, price=1)) == 80
    assert waited(register, readable=False) == 100
