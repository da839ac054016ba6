"""Terminals that speak MQTT: each connects as itself, asks, and waits for the answer."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiomqtt

from enscene.simulator.request import CONFLICT, FORBIDDEN, NOT_FOUND, REFUSED, Answer

QOS = 1
ANSWER_S = 20.0
TRIES = 3
PENDING_MOST = 1_000
_STATUS = {
    "done": 200,
    "refused": REFUSED,
    "conflict": CONFLICT,
    "not_found": NOT_FOUND,
    "forbidden": FORBIDDEN,
    "invalid": 400,
    "unavailable": 503,
}


@dataclass(frozen=True, slots=True)
class Login:
    """How a terminal logs in to the broker; its topics begin with `enscene/<user>/`."""

    user: str
    password: str


class MqttTerminals:
    """The terminals of a city, by their parties."""

    def __init__(self) -> None:
        self._clients: dict[str, tuple[str, aiomqtt.Client]] = {}
        self._waiting: dict[tuple[str, str], list[asyncio.Future[bytes]]] = {}

    def has(self, party: str) -> bool:
        """Whether this terminal is connected."""
        return party in self._clients

    async def send(self, party: str, action: str, given: Mapping[str, Any], key: str) -> Answer:
        """Ask; ask again with the same key when no answer comes."""
        user, client = self._clients[party]
        payload = json.dumps({"key": key, "input": dict(given)}, ensure_ascii=False).encode()
        began = time.perf_counter()
        for _ in range(TRIES):
            future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
            self._waiting.setdefault((user, key), []).append(future)
            await client.publish(f"enscene/{user}/up/{action}", payload, qos=QOS)
            try:
                told = json.loads(await asyncio.wait_for(future, ANSWER_S))
            except TimeoutError:
                continue
            body = told.get("answer") or told.get("problem")
            took_s = time.perf_counter() - began
            return Answer(_STATUS[told["kind"]], body, told["replayed"], took_s)
        return Answer(503, {"code": "no answer", "detail": f"to {party} by MQTT"})

    async def connect(self, party: str, login: Login, host: str, port: int) -> aiomqtt.Client:
        """A client that is logged in as the terminal."""
        client = aiomqtt.Client(
            host, port, username=login.user, password=login.password, identifier=login.user
        )
        client.pending_calls_threshold = PENDING_MOST
        await client.__aenter__()
        await client.subscribe(f"enscene/{login.user}/down/+", qos=QOS)
        self._clients[party] = (login.user, client)
        return client

    async def listen(self, user: str, client: aiomqtt.Client) -> None:
        """Hand answers to whoever waits for them, the first asker first."""
        async for message in client.messages:
            key = message.topic.value.rpartition("/")[2]
            waiting = self._waiting.get((user, key), [])
            while waiting:
                future = waiting.pop(0)
                if not future.done():
                    future.set_result(bytes(message.payload))
                    break


@asynccontextmanager
async def mqtt_terminals(
    logins: Mapping[str, Login], *, host: str, port: int
) -> AsyncIterator[MqttTerminals]:
    """Terminals, by party, that are connected within the block."""
    terminals = MqttTerminals()
    async with AsyncExitStack() as stack:
        tasks = []
        for party, login in logins.items():
            client = await terminals.connect(party, login, host, port)
            stack.push_async_exit(client.__aexit__)
            tasks.append(asyncio.create_task(terminals.listen(login.user, client)))
        try:
            yield terminals
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
