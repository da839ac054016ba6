"""Tills pay over MQTT, and nobody is heard under another's name; at both brokers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiomqtt
import pytest

from devices.conftest import PATIENCE_S, address

MEAL = {"ticket": "T1", "diner": "ann", "canteen": "hall", "price": "12.00"}


async def _ask(
    client: aiomqtt.Client, ref: str, action: str, key: str, given: Any, *, times: int = 1
) -> list[dict[str, Any]]:
    """Publish the question so many times and wait for as many answers."""
    await client.subscribe(address(ref).answers("+"), qos=1)
    payload = json.dumps({"key": key, "input": given})
    for _ in range(times):
        await client.publish(address(ref).asks(action), payload, qos=1)
    answers = []
    async with asyncio.timeout(PATIENCE_S):
        async for message in client.messages:
            assert message.topic.value == address(ref).answers(key)
            answers.append(json.loads(bytes(message.payload)))
            if len(answers) == times:
                break
    return answers


async def test_a_till_pays_as_itself(line):
    async with line.device("till-1") as client:
        (answer,) = await _ask(client, "till-1", "pay_by_code", "k1", MEAL)
    assert answer["kind"] == "done"
    assert answer["answer"]["meal"] == "T1"
    assert await line.balance("ann") == "88.00"


async def test_what_is_delivered_twice_is_paid_once(line):
    async with line.device("till-1") as client:
        both = await _ask(client, "till-1", "pay_by_code", "k1", MEAL, times=2)
    assert both[0]["answer"] == both[1]["answer"]
    assert sorted(answer["replayed"] for answer in both) == [False, True]
    assert await line.balance("ann") == "88.00"


async def test_a_refusal_and_a_mistake_are_told(line):
    face = {"ticket": "T1", "diner": "ann", "price": "12.00", "face_match": "F", "confidence": 8999}
    async with line.device("till-1") as client:
        (unsure,) = await _ask(client, "till-1", "pay_by_face", "k1", face)
        (wrong,) = await _ask(client, "till-1", "pay_by_code", "k2", MEAL | {"price": 12.0})
        (foreign,) = await _ask(client, "till-1", "top_up", "k3", {"amount": "9.00"})
    assert (unsure["kind"], unsure["problem"]["code"]) == ("refused", "scene.face_unsure")
    assert (wrong["kind"], wrong["problem"]["param"]) == ("invalid", "price")
    assert (foreign["kind"], foreign["problem"]["code"]) == ("forbidden", "scene.role")
    assert await line.balance("ann") == "100.00"


async def test_a_till_that_publishes_as_another_is_never_heard(line):
    payload = json.dumps({"key": "k1", "input": MEAL})
    async with line.device("till-1") as client:
        await client.publish(address("till-2").asks("pay_by_code"), payload, qos=0)
        # Its own question comes later on the same connection: what came before it was not heard.
        second = MEAL | {"ticket": "T2", "price": "1.00"}
        (answer,) = await _ask(client, "till-1", "pay_by_code", "k2", second)
    assert answer["kind"] == "done"
    assert await line.balance("ann") == "99.00"


async def test_a_till_hears_no_answers_of_another(line):
    async with line.device("till-1") as spy, line.device("till-2") as client:
        for topic in ("#", "enscene/#", address("till-2").answers("+")):
            try:
                await spy.subscribe(topic, qos=1)
            except aiomqtt.MqttError:
                break  # a broker may end the connection instead
        await _ask(client, "till-2", "pay_by_code", "k1", MEAL)
        try:
            (own,) = await _ask(spy, "till-1", "pay_by_code", "k2", MEAL | {"ticket": "T2"})
        except aiomqtt.MqttError:
            return
    assert own["kind"] == "done"  # the first that it heard was its own


async def test_nobody_gets_in_without_the_password_of_a_device(line):
    till = address("till-1").user
    for user, password in ((till, "wrong"), (till, ""), ("gate", "wrong"), ("x", None), ("", "")):
        with pytest.raises(aiomqtt.MqttError):
            async with line.device("till-1", user=user, password=password):
                pass


async def test_a_key_of_a_party_that_is_no_device_does_nothing(line):
    if not line.keys.fits("bank/canteen/ann", line.keys.password("bank/canteen/ann")):
        pytest.fail("the password is made from the name")
    try:
        async with line.device("ann") as client:
            (answer,) = await _ask(client, "ann", "withdraw", "k1", {"amount": "5.00"})
    except aiomqtt.MqttError:
        pass  # this broker knows devices by a list
    else:
        assert answer["problem"]["code"] == "device.unknown"
    assert await line.balance("ann") == "100.00"
