"""Scenes that run in this process: read from their rows, compiled once for each configuration."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import msgspec

from enscene.commit import admit
from enscene.kernel.errors import NotFound
from enscene.scenes.language import AddedStep, Pack, configure, load_pack_files
from enscene.scenes.runtime._lately import lately, now
from enscene.scenes.runtime.compiled import CompiledPack, RunningScene
from enscene.scenes.runtime.roster import Roster

_SCENE = """
select s.id, s.ref, s.name, s.state, s.terms, s.version, t.zone, t.shard
  from scene s join tenant t on t.id = s.tenant where s.tenant = $1 and s.ref = $2"""
_SCENE_BY_ID = _SCENE.replace("s.ref = $2", "s.id = $2")
_TERMS = """
select digest, variant, options, parts, added from terms
 where tenant = $1 and scene = $2 and number = $3"""
_FILES = "select files from pack_source where digest = $1"

COMPILED_MOST = 200


class Catalogue:
    """Running scenes by tenant and reference; read again when a plan met a newer version."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        self._pool = pool
        self._scenes: dict[tuple[int, str], RunningScene] = {}
        self._refs: dict[tuple[int, int], str] = {}
        self._packs: dict[tuple[str, str], Pack] = {}
        self._compiled: dict[bytes, CompiledPack] = {}
        self._terms: dict[tuple[int, int, int, str], CompiledPack] = {}
        self._read_at: dict[tuple[int, str], float] = {}
        self._readings: dict[tuple[int, str], asyncio.Task[RunningScene]] = {}

    async def scene(self, tenant: int, ref: str) -> RunningScene:
        """Raises: NotFound."""
        return self._scenes.get((tenant, ref)) or await self.read(tenant, ref)

    async def scene_by_id(self, tenant: int, scene: int) -> RunningScene:
        """Raises: NotFound."""
        ref = self._refs.get((tenant, scene))
        if ref is None:
            async with self._pool.acquire() as connection, connection.transaction(readonly=True):
                await admit(connection, [tenant])
                row = await connection.fetchrow(_SCENE_BY_ID, tenant, scene)
            if row is None:
                raise NotFound(f"there is no scene {scene}", code="scene.not_found")
            ref = self._refs[tenant, scene] = str(row["ref"])
        return await self.scene(tenant, ref)

    async def lately(self, scene: RunningScene) -> RunningScene:
        """The scene as its row said when this was last asked, if that was lately; those who ask
        in one moment read together. The first no is always told by the row as it is now.

        Raises: NotFound.
        """
        where = (scene.tenant, scene.ref)
        known = self._scenes.get(where)
        if known is not None and self._read_at.get(where, float("-inf")) >= lately():
            return known
        reading = self._readings.get(where)
        if reading is None:
            reading = self._readings[where] = asyncio.create_task(self._reread(*where))
            reading.add_done_callback(lambda _: self._readings.pop(where, None))
        return await asyncio.shield(reading)

    async def _reread(self, tenant: int, ref: str) -> RunningScene:
        began = now()
        scene = await self.read(tenant, ref)
        self._read_at[tenant, ref] = began
        return scene

    async def read(self, tenant: int, ref: str) -> RunningScene:
        """The scene as its row says now. Raises: NotFound."""
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant])
            row = await connection.fetchrow(_SCENE, tenant, ref)
            if row is None:
                raise NotFound(f"there is no scene {ref}", code="scene.not_found")
            compiled = await self._read_terms(
                connection, tenant, row["id"], row["terms"], row["zone"]
            )
        known = self._scenes.get((tenant, ref))
        if known is not None and known.version == row["version"]:
            return known
        scene = RunningScene(
            tenant=tenant,
            id=row["id"],
            ref=ref,
            name=row["name"],
            state=row["state"],
            terms=row["terms"],
            version=row["version"],
            zone=row["zone"],
            shard=row["shard"],
            compiled=compiled,
            roster=Roster(self._pool, tenant, row["id"], compiled.ones),
        )
        self._scenes[tenant, ref] = scene
        self._refs[tenant, scene.id] = ref
        return scene

    async def under_terms(self, scene: RunningScene, number: int) -> CompiledPack:
        """The scene's pack as it was under earlier terms, which its older things live by."""
        if number == scene.terms:
            return scene.compiled
        known = self._terms.get((scene.tenant, scene.id, number, scene.zone))
        if known is not None:
            return known
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [scene.tenant])
            return await self._read_terms(connection, scene.tenant, scene.id, number, scene.zone)

    async def _read_terms(
        self, connection: asyncpg.Connection[Any], tenant: int, scene: int, number: int, zone: str
    ) -> CompiledPack:
        known = self._terms.get((tenant, scene, number, zone))
        if known is not None:
            return known
        row = await connection.fetchrow(_TERMS, tenant, scene, number)
        assert row is not None, "a scene's terms are written with it"
        choice = msgspec.json.encode([*row, zone], order="deterministic")
        compiled = self._compiled.get(choice)
        if compiled is None:
            pack = self._packs.get((row["digest"], zone))
            if pack is None:
                files = await connection.fetchval(_FILES, row["digest"])
                loaded = load_pack_files(files, zone=zone)
                assert loaded.pack is not None, loaded.mistakes
                pack = self._packs[row["digest"], zone] = loaded.pack
            result = configure(
                pack,
                variant=row["variant"],
                options=row["options"],
                parts=row["parts"],
                added_steps=[
                    AddedStep(step["action"], step["index"], step["step"]) for step in row["added"]
                ],
                zone=zone,
            )
            assert result.pack is not None, result.mistakes
            if len(self._compiled) > COMPILED_MOST:
                self._compiled.clear()
            compiled = self._compiled[choice] = CompiledPack(result.pack)
        self._terms[tenant, scene, number, zone] = compiled
        return compiled
