"""Names, passwords and topics of devices."""

from __future__ import annotations

import pytest

from enscene.devices import Address, DeviceKeys
from enscene.devices.device_key import GATE_USER, address_of, asked, may

TILL = Address("bank", "canteen", "till-1")
KEYS = DeviceKeys(b"s" * 32)


def test_a_password_fits_its_own_name_only():
    password = KEYS.password(TILL.user)
    assert KEYS.fits(TILL.user, password)
    assert not KEYS.fits("bank/canteen/till-2", password)
    assert not KEYS.fits(GATE_USER, password)
    assert not DeviceKeys(b"t" * 32).fits(TILL.user, password)


def test_a_name_that_is_no_device_is_not_let_in_with_its_own_password():
    assert not KEYS.fits("somebody", KEYS.password("somebody"))


@pytest.mark.parametrize(
    ("topic", "publishes", "allowed"),
    [
        ("enscene/bank/canteen/till-1/up/pay_by_code", True, True),
        ("enscene/bank/canteen/till-2/up/pay_by_code", True, False),
        ("enscene/bank/canteen/till-1/down/k1", True, False),
        ("enscene/bank/canteen/till-1/up/pay/by/code", True, False),
        ("enscene/bank/canteen/till-1/down/+", False, True),
        ("enscene/bank/canteen/till-1/down/#", False, True),
        ("enscene/bank/canteen/till-2/down/#", False, False),
        ("enscene/bank/canteen/+/down/#", False, False),
        ("enscene/bank/canteen/till-1/up/#", False, False),
        ("#", False, False),
        ("$SYS/#", False, False),
    ],
)
def test_a_device_keeps_to_its_own_topics(topic, publishes, allowed):
    assert may(TILL.user, topic, publishes=publishes) is allowed


@pytest.mark.parametrize("user", ["", "bank", "bank/canteen", "a/b/c/d", "bank/+/till", "bank/#/x"])
def test_no_other_name_is_a_device(user):
    assert address_of(user) is None


def test_a_topic_names_device_and_action():
    assert asked(TILL.asks("pay_by_code")) == (TILL, "pay_by_code")
    assert asked(TILL.answers("k1")) is None
