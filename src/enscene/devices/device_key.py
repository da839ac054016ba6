"""Who a device is on the broker: its name, its password, its topics."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

ROOT = "enscene"
GATE_USER = "gate"
UP, DOWN = "up", "down"
_PART = r"[A-Za-z0-9._:-]{1,64}"
_USER = re.compile(rf"({_PART})/({_PART})/({_PART})")
_UP = re.compile(rf"{ROOT}/({_PART})/({_PART})/({_PART})/{UP}/([a-z][a-z0-9_]{{0,63}})")


@dataclass(frozen=True, slots=True)
class Address:
    """A device of a scene, by references."""

    tenant: str
    scene: str
    device: str

    @property
    def user(self) -> str:
        """Its name on the broker."""
        return f"{self.tenant}/{self.scene}/{self.device}"

    @property
    def topic(self) -> str:
        """What all its topics begin with."""
        return f"{ROOT}/{self.user}"

    def asks(self, action: str) -> str:
        """Where it asks for an action."""
        return f"{self.topic}/{UP}/{action}"

    def answers(self, key: str) -> str:
        """Where it is answered under a key."""
        return f"{self.topic}/{DOWN}/{key}"


def address_of(user: str) -> Address | None:
    """The device of a name on the broker; None for what is no device's."""
    match = _USER.fullmatch(user)
    return Address(*match.groups()) if match else None


def asked(topic: str) -> tuple[Address, str] | None:
    """The device and the action of a topic on which a device asks."""
    match = _UP.fullmatch(topic)
    return (Address(match[1], match[2], match[3]), match[4]) if match else None


class DeviceKeys:
    """Passwords made from one secret of the bank: whoever holds it can check them, and no table
    of passwords can be lost. A device that must be shut out is taken off its scene."""

    def __init__(self, secret: bytes) -> None:
        assert len(secret) >= 32, "a secret has 32 bytes or more"
        self._secret = secret

    def password(self, user: str) -> str:
        """The password of a name on the broker."""
        return hmac.new(self._secret, b"mqtt\n" + user.encode(), hashlib.sha256).hexdigest()

    def fits(self, user: str, password: str) -> bool:
        """Whether this is the password of that name, which must be a device's or the gate's."""
        if user != GATE_USER and address_of(user) is None:
            return False
        return hmac.compare_digest(self.password(user).encode(), password.encode())


def may(user: str, topic: str, *, publishes: bool) -> bool:
    """Whether a name on the broker may publish to a topic, or read it (also with wildcards)."""
    if user == GATE_USER:
        return topic.startswith(f"{ROOT}/")
    address = address_of(user)
    if address is None:
        return False
    if publishes:
        found = asked(topic)
        return found is not None and found[0] == address
    return topic.startswith(f"{address.topic}/{DOWN}/")
