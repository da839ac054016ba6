"""Threat 6: what is small to send and would be large, deep or endless to read."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

from enscene.cli._attack_arena import Arena
from enscene.cli._attack_judge import Judged
from enscene.scenes.language import load_pack_files
from enscene.scenes.language.scaffold import new_pack

BOMB_MS = 100
TRIES = 5
"""The machine may do much else; what is quick once in so many tries is little work."""
_LAUNCH, _ACTION = "/v1/launches", "top_up"


async def bombs(arena: Arena, judged: Judged) -> None:
    """In the files of a pack, and in what an application wishes for a scene."""
    await _packs(judged)
    await _wishes(arena, judged)


async def _packs(judged: Judged) -> None:
    good = new_pack("corner_shop")
    scene = good["scene.yaml"]
    layers = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10))
    for name, text in (
        ("an alias bomb", "a0: &a0 [x]\n" + layers),
        ("depth", "a: " + "[" * 5_000 + "]" * 5_000),
        ("a long expression", scene.replace("that: ", "that: " + "(" * 3_000, 1)),
        ("a broad expression", scene.replace("that: ", "that: " + "1 + " * 3_000, 1)),
        ("a megabyte", "id: " + "x" * 2_000_000),
        ("a tag", scene.replace("id:", "id: !!python/object/apply:os.system", 1)),
    ):  # fmt: skip
        assert text != scene, "the bomb is in it"

        async def load(text: str = text) -> bool:
            # Another text each time: what was read lately is remembered.
            files = {**good, "scene.yaml": f"{text}\n# {uuid4()}"}
            found = await asyncio.to_thread(load_pack_files, files)
            return found.pack is None and bool(found.mistakes)

        refused, took_ms = await _quickest(load)
        judged.check(f"{name} is refused", holds=refused)
        judged.check(f"{name} within {BOMB_MS} ms: {took_ms:.0f}", holds=took_ms <= BOMB_MS)


async def _wishes(arena: Arena, judged: Judged) -> None:
    """A wish with a mistake in it is kept while it is being written, with the mistake; what is
    none is not kept, and nothing of it is ever handed in."""
    done = await _send(arena, "POST", _LAUNCH, {"template": "smart_canteen"})
    assert done.status == 200, done
    launch = f"{_LAUNCH}/{done.body['id']}"
    plain = {"ref": f"bomb-{uuid4().hex[:8]}", "name": "bombs", "added": []}

    async def change(added: list[Any]) -> bool:
        told = await _send(arena, "PATCH", launch, plain | {"added": added})
        if told.status != 200:
            return bool(400 <= told.status < 500)
        asked = await _send(arena, "POST", f"{launch}/submit", {})
        wanted = 400, "launch.mistakes"
        return bool(told.body["mistakes"] and (asked.status, asked.body.get("code")) == wanted)

    def step(value: Any) -> dict[str, Any]:
        return {"action": _ACTION, "index": 0, "step": value}

    def amount(text: str) -> list[Any]:
        return [step({"move": {"name": "top_up", "amount": text}})]

    deep: Any = "x"
    for _ in range(60):
        deep = {"a": deep}
    whole, least_ms = await _quickest(lambda: change([step({"no_such_block": "x"})]))
    judged.check("a mistake is told, and not handed in", holds=whole)
    for name, added in (
        ("a deep expression", amount("(" * 1_900)),
        ("a broad expression", amount("1 + " * 450 + "1")),
        ("a long expression", amount("1 + " * 30_000)),
        ("a deep step", [step(deep)]),
        ("an alias bomb", amount("&a [*a, *a, *a, *a, *a, *a, *a, *a]")),
        ("a thousand steps", amount("1.00") * 1_000),
        ("fifty broad ones", amount("1 + " * 450 + "1") * 50),
    ):
        refused, took_ms = await _quickest(lambda added=added: change(added))  # type: ignore[misc]
        judged.check(f"{name} in a wish is refused", holds=refused)
        more_ms = took_ms - least_ms
        judged.check(
            f"{name} in a wish: {more_ms:.0f} ms more than a slip", holds=more_ms <= BOMB_MS
        )
    read = await arena.get(launch)
    judged.check("nothing of it was handed in", holds=read["state"] == "draft")


async def _quickest(work: Callable[[], Awaitable[bool]]) -> tuple[bool, float]:
    """Whether it held every time, and the least milliseconds that it took."""
    held, least_ms = True, float("inf")
    for _ in range(TRIES):
        began = time.perf_counter()
        held = await work() and held
        least_ms = min(least_ms, (time.perf_counter() - began) * 1_000)
    return held, least_ms


async def _send(arena: Arena, method: str, path: str, body: Mapping[str, Any]) -> Any:
    return await arena.send(method, path, json.dumps(body).encode(), key=uuid4().hex)
