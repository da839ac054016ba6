"""The bank's templates: the packs of a folder, loaded and checked once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from enscene.kernel.errors import NotFound
from enscene.scenes.language import LoadResult, Pack, load_pack


class Templates:
    """Packs by id, those that pass their checks; `broken` are the results of the others."""

    def __init__(self, packs: Mapping[str, Pack], broken: Mapping[str, LoadResult]) -> None:
        self.packs = dict(packs)
        self.broken = dict(broken)

    @classmethod
    async def load(cls, folder: Path) -> Templates:
        """Load every pack under a folder, outside the event loop."""
        return await asyncio.to_thread(cls._load, folder)

    @classmethod
    def _load(cls, folder: Path) -> Templates:
        packs: dict[str, Pack] = {}
        broken: dict[str, LoadResult] = {}
        for place in sorted(folder.iterdir()):
            if not (place / "scene.yaml").is_file():
                continue
            result = load_pack(place)
            if result.pack is None:
                broken[place.name] = result
            else:
                packs[result.pack.id] = result.pack
        return cls(packs, broken)

    def get(self, pack: str) -> Pack:
        """The template of that id. Raises: NotFound."""
        found = self.packs.get(pack)
        if found is None:
            raise NotFound(f"there is no template {pack[:40]!r}", code="template.not_found")
        return found
