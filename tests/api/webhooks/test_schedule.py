"""When it is tried again."""

from __future__ import annotations

import pytest

from enscene.api.webhooks.health import Health
from enscene.api.webhooks.post import Outcome
from enscene.api.webhooks.schedule import BREAK_AFTER, RETRY_S, break_delay_s, retry_delay_s
from enscene.api.webhooks.settings import webhook_settings
from enscene.storage import StorageFault

TAKEN, REFUSED = Outcome(200, 5), Outcome(500, 5)


def test_ten_tries_over_three_days_as_the_standard_proposes():
    assert sum(RETRY_S) == 75 * 3600 + 35 * 60 + 5
    for tries, wanted in enumerate(RETRY_S, 1):
        for _ in range(20):
            assert 0.9 * wanted <= retry_delay_s(tries) <= 1.1 * wanted
    assert retry_delay_s(10) is None


def test_what_failed_together_does_not_come_back_together():
    assert len({retry_delay_s(3) for _ in range(20)}) > 15


@pytest.mark.parametrize(("asked_s", "least"), [(0, 4.5), (600, 600), (10**6, 86_400), (None, 4.5)])
def test_the_receiver_may_ask_for_more_patience_but_not_for_ever(asked_s, least):
    assert least <= retry_delay_s(1, asked_s) <= max(least, 5.5)


def test_a_circuit_opens_for_longer_each_time_and_an_hour_at_most():
    delays = [break_delay_s(opened) for opened in range(10)]
    assert delays[0] < 6
    assert delays[1] > 20
    assert max(delays) <= 3_960


def test_places_grow_with_quick_answers_and_a_failure_leaves_one():
    health = Health(most=8, slow_s=2.0)
    assert (health.places(None), health.quick) == (2, False)
    for _ in range(100):
        health.note(TAKEN)
    assert (health.places(None), health.quick) == (8, True)
    for n in range(BREAK_AFTER):
        assert not health.breaks(), n
        health.note(REFUSED)
    assert (health.places(None), health.quick, health.breaks()) == (1, False, True)
    health.note(TAKEN)
    assert health.quick


def test_who_is_slow_stands_with_the_slow():
    health = Health(most=8, slow_s=2.0)
    for _ in range(20):
        health.note(Outcome(200, 9_000))
    assert (health.quick, health.places(None)) == (False, 1)
    for _ in range(20):
        health.note(TAKEN)
    assert health.quick


def test_settings_of_the_environment():
    given = {
        "ENSCENE_WEBHOOK_PORTS": "443, 9443", "ENSCENE_WEBHOOK_LOOPBACK": "LocalHost,127.0.0.1",
        "ENSCENE_WEBHOOK_DENIED": "203.0.113.0/24,2001:db8::/32",
    }  # fmt: skip
    rules = webhook_settings(given).rules
    assert rules.ports == {443, 9443}
    assert rules.loopback == {"localhost", "127.0.0.1"}
    assert len(rules.denied) == 2
    assert webhook_settings({}).rules.loopback == frozenset()
    for name in ("PORTS", "DENIED"):
        with pytest.raises(StorageFault):
            webhook_settings({f"ENSCENE_WEBHOOK_{name}": "nonsense"})
