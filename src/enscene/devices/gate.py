"""Do what devices ask over MQTT, as those devices, and answer them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import aiomqtt
import msgspec
import structlog

from enscene.devices.device_key import GATE_USER, ROOT, UP, Address, DeviceKeys, asked
from enscene.kernel.errors import (
    Conflict,
    EnsceneError,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    Unauthenticated,
    Unavailable,
)
from enscene.scenes.runtime import Actor, Call, SceneHost
from enscene.tenants import find_tenant
from enscene.tenants.store import Pool

PAYLOAD_MOST = 64 * 1024
AT_ONCE = 200
RECONNECT_S = 0.5
QOS = 1
KINDS: Mapping[type[EnsceneError], str] = {
    Invalid: "invalid",
    Unauthenticated: "forbidden",
    Forbidden: "forbidden",
    NotFound: "not_found",
    Conflict: "conflict",
    Refused: "refused",
    Unavailable: "unavailable",
}
_KEY = re.compile(r"[A-Za-z0-9._-]{1,128}")
_log = structlog.get_logger()


class Ask(msgspec.Struct, forbid_unknown_fields=True):
    """What a device sends: a key of its own making, the same when it asks again, and the input of
    the action."""

    key: str
    input: msgspec.Raw


_ask = msgspec.json.Decoder(Ask)
_encode = msgspec.json.Encoder().encode


class DeviceGate:
    """Listens to all devices of one broker. `run` until it is cancelled."""

    def __init__(self, host: SceneHost, pool: Pool, keys: DeviceKeys) -> None:
        self._host = host
        self._pool = pool
        self._keys = keys
        self._tenants: dict[str, int] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self.ready = asyncio.Event()

    async def run(self, host: str, port: int) -> None:
        """Connect, listen and answer; connect again whenever the broker goes away."""
        while True:
            try:
                await self._listen(host, port)
            except aiomqtt.MqttError as error:
                self.ready.clear()
                _log.warning("devices.reconnect", error=str(error))
                await asyncio.sleep(RECONNECT_S)

    async def _listen(self, host: str, port: int) -> None:
        client = aiomqtt.Client(
            host, port, username=GATE_USER, password=self._keys.password(GATE_USER),
            identifier=GATE_USER, clean_session=True,
        )  # fmt: skip
        client.pending_calls_threshold = AT_ONCE  # so many are expected: no reason to warn
        async with client, asyncio.TaskGroup() as work:
            await client.subscribe(f"{ROOT}/+/+/+/{UP}/+", qos=QOS)
            self.ready.set()
            async for message in client.messages:
                # What a broker has kept from earlier is not asked now.
                found = None if message.retain else asked(message.topic.value)
                if found is None or not isinstance(message.payload, bytes):
                    continue
                await self._slots.acquire()
                work.create_task(self._serve(client, *found, message.payload))

    async def _serve(
        self, client: aiomqtt.Client, device: Address, action: str, payload: bytes
    ) -> None:
        try:
            try:
                ask = _read(payload)
            except Invalid as error:
                _log.warning("devices.unreadable", device=device.user, error=error.detail)
                return  # without a key there is nowhere to answer
            answer = await self._answer(device, action, ask)
            await client.publish(device.answers(ask.key), answer, qos=QOS)
        except aiomqtt.MqttError as error:
            # The device asks again with the same key and gets the same answer.
            _log.warning("devices.unanswered", device=device.user, error=str(error))
        finally:
            self._slots.release()

    async def _answer(self, device: Address, action: str, ask: Ask) -> bytes:
        try:
            return await self._perform(device, action, ask)
        except EnsceneError as error:
            return _encode(_problem(error))
        except Exception:
            _log.exception("devices.failed", device=device.user, action=action)
            return _encode(_problem(Unavailable("something went wrong here", code="internal")))

    async def _perform(self, device: Address, action: str, ask: Ask) -> bytes:
        tenant = await self._tenant(device.tenant)
        scene = await self._host.scene(tenant, device.scene)
        member = await scene.roster.find(device.device)
        if member is None or member.kind != "device":
            raise Forbidden(f"{device.device} is no device of the scene", code="device.unknown")
        actor = Actor(device.device, None, f"device:{device.device}")
        call = Call(tenant, device.scene, action, actor, bytes(ask.input), ask.key)
        reply = await self._host.perform(call)
        body = msgspec.Raw(reply.body.encode())
        if reply.refused:
            return _encode({"kind": "refused", "replayed": reply.replayed, "problem": body})
        return _encode({"kind": "done", "replayed": reply.replayed, "answer": body})

    async def _tenant(self, ref: str) -> int:
        known = self._tenants.get(ref)
        if known is None:
            known = self._tenants[ref] = (await find_tenant(self._pool, ref)).id
        return known


def _read(payload: bytes) -> Ask:
    if len(payload) > PAYLOAD_MOST:
        raise Invalid(f"a message has at most {PAYLOAD_MOST} bytes", code="device.too_large")
    try:
        ask = _ask.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"the message cannot be read: {error}", code="device.unreadable") from None
    if not _KEY.fullmatch(ask.key):
        raise Invalid("a key is 1 to 128 letters, digits or . _ -", code="device.bad_key")
    return ask


def _problem(error: EnsceneError) -> dict[str, Any]:
    kind = next((KINDS[base] for base in type(error).__mro__ if base in KINDS), "unavailable")
    problem: dict[str, Any] = {"code": error.code, "detail": error.detail}
    for name in ("param", "hint", "facts"):
        if value := getattr(error, name):
            problem[name] = value
    return {"kind": kind, "replayed": False, "problem": problem}
