"""What the broker of our own asks before it lets a client in, publish or subscribe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from amqtt.contexts import Action
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin

from enscene.devices.device_key import DeviceKeys, may


class DeviceLogins(BaseAuthPlugin):  # type: ignore[misc]
    """Lets in whoever has the password of its name."""

    @dataclass
    class Config:
        """`secret` in hexadecimal digits."""

        secret: str = ""

    async def authenticate(self, *, session: Any) -> bool | None:
        keys = DeviceKeys(bytes.fromhex(self.config.secret))
        user, password = session.username, session.password
        return bool(user) and bool(password) and keys.fits(user, password)


class DeviceTopics(BaseTopicPlugin):  # type: ignore[misc]
    """Keeps everybody to its own topics."""

    @dataclass
    class Config:
        """Nothing is to be set."""

    async def topic_filtering(
        self, *, session: Any = None, topic: str | None = None, action: Any = None
    ) -> bool | None:
        if session is None or topic is None or not session.username:
            return False
        return may(session.username, topic, publishes=action == Action.PUBLISH)
