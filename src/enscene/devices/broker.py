"""A broker of our own, for a sandbox or a branch without one."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from amqtt.broker import Broker

_PLUGINS = "enscene.devices._plugins"


@asynccontextmanager
async def mqtt_broker(
    secret: bytes, *, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[int]:
    """Run a broker within the block; gives its port. Port 0 takes any that is free."""
    logging.getLogger("amqtt").setLevel(logging.ERROR)
    logging.getLogger("transitions").setLevel(logging.ERROR)
    port = port or _free_port(host)
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}},
            "plugins": {
                f"{_PLUGINS}.DeviceLogins": {"secret": secret.hex()},
                f"{_PLUGINS}.DeviceTopics": {},
            },
        }
    )
    await broker.start()
    try:
        yield port
    finally:
        await broker.shutdown()


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
