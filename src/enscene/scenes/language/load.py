"""Loading packs: from a folder, from stored texts, and as a tenant configured them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from enscene.kernel.clock import zone_of
from enscene.kernel.documents import MAX_BYTES, Map, Mistakes
from enscene.kernel.said import say
from enscene.scenes.language._build import (
    Beside,
    Tree,
    assemble,
    combinations,
    everything,
    read_beside,
    read_draft,
    read_tree,
)
from enscene.scenes.language._configuration import AddedStep, Configuration
from enscene.scenes.language.model import LoadResult, Mistake, Pack, Position
from enscene.scenes.language.walk import expressions_of

ZONE = "Asia/Shanghai"
MAX_FILES = 64
PACKS_MOST = 32
CONFIGURED_MOST = 64


def load_pack(path: Path, *, zone: str = ZONE) -> LoadResult:
    """Load and check the pack in a folder. It comes with all its parts on; see `configure`.

    File names in mistakes are relative to the folder.
    """
    mistakes = Mistakes()
    files = read_files(path, mistakes)
    if len(mistakes):
        return LoadResult(None, mistakes.all())
    result = load_pack_files(files, zone=zone)
    if result.pack is not None and result.pack.id != path.resolve().name:
        message = say(
            "pack `{id}` stands in folder `{path}`", id=result.pack.id, path=path.resolve().name
        )
        hint = say("a pack's id is the name of its folder, and never changes")
        mistakes.add(Position("scene.yaml", 1, 1), "wrong_folder", message, hint, "id")
        return LoadResult(None, mistakes.all())
    return result


def read_files(path: Path, mistakes: Mistakes) -> dict[str, str]:
    """The texts of a folder's files, by their names with `/`."""
    files: dict[str, str] = {}
    if not path.is_dir():
        mistakes.add(
            Position(str(path), 1, 1), "no_folder", say("there is no folder `{path}`", path=path)
        )
        return files
    for item in sorted(path.rglob("*")):
        name = item.relative_to(path).as_posix()
        if item.is_dir() or any(part.startswith(".") for part in name.split("/")):
            continue
        at = Position(name, 1, 1)
        if len(files) >= MAX_FILES or item.stat().st_size > MAX_BYTES:
            message = say(
                "at most {max_files} files of {max_bytes} KiB",
                max_files=MAX_FILES,
                max_bytes=MAX_BYTES // 1024,
            )
            mistakes.add(at, "file_too_large", message)
            return files
        try:
            files[name] = item.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            mistakes.add(at, "not_utf8", say("the file is not UTF-8 text"))
    return files


def load_pack_files(files: Mapping[str, str], *, zone: str = ZONE) -> LoadResult:
    """Load and check a pack from the texts of its files, by name (`scene.yaml`,
    `texts/zh.yaml`...). Mistakes are collected; there is no pack as long as there is one.

    The same texts are the same pack: what was found lately is remembered by all of them.
    """
    return _load(tuple(sorted(files.items())), zone)


@lru_cache(maxsize=PACKS_MOST)
def _load(files: tuple[tuple[str, str], ...], zone: str) -> LoadResult:
    zone_of(zone)
    tree, found = _read(files)
    if tree is None:
        return LoadResult(None, found)
    mistakes = Mistakes()
    draft, graph = read_draft(tree, everything(tree), mistakes, zone)
    beside = Beside()
    if graph is not None:
        beside = read_beside(draft, tree)
    titles = ["all parts" if draft.parts else "as it is"]
    if not len(mistakes):
        titles += _all_combinations(tree, mistakes, zone)
    if len(mistakes) or graph is None:
        return LoadResult(None, mistakes.all())
    return LoadResult(_counted(assemble(draft, tree, beside, graph, tuple(titles), None)))


@lru_cache(maxsize=PACKS_MOST)
def _read(files: tuple[tuple[str, str], ...]) -> tuple[Tree | None, tuple[Mistake, ...]]:
    mistakes = Mistakes()
    tree = read_tree(dict(files), mistakes)
    return tree, mistakes.all()


def _counted(pack: Pack) -> Pack:
    """The pack with the number of its expressions among its figures."""
    counts = {**pack.figures.counts, "expressions": sum(1 for _ in expressions_of(pack))}
    return replace(pack, figures=replace(pack.figures, counts=counts))


def _all_combinations(tree: Tree, mistakes: Mistakes, zone: str) -> list[str]:
    titles: list[str] = []
    for title, configuration in combinations(tree):
        own = Mistakes()
        read_draft(tree, configuration, own, zone)
        for item in own.all():
            at = Position(item.file, item.line, item.column)
            mistakes.add(
                at,
                item.code,
                say("{mistake} ({configuration})", mistake=item.said, configuration=title),
                item.advice,
                item.path,
            )
        titles.append(str(title))
    return titles


class _Choice:
    """What a pack is asked to be. Two are one when the pack is the same object (packs that were
    configured differently may share a digest) and all that was chosen is written the same."""

    def __init__(self, pack: Pack, chosen: Configuration, zone: str) -> None:
        self.pack = pack
        self.chosen = chosen
        self.zone = zone
        steps = [(step.action, step.index, step.step) for step in chosen.added_steps]
        # As JSON, for there `1`, `true` and `"1"` differ, which are one key of a dict.
        written = json.dumps([chosen.variant, chosen.options, chosen.parts, steps], default=str)
        self._key = (id(pack), written, zone)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Choice) and other._key == self._key


def configure(
    pack: Pack,
    *,
    variant: str | None = None,
    options: Mapping[str, Any] | None = None,
    parts: Mapping[str, bool] | None = None,
    added_steps: Sequence[AddedStep] = (),
    zone: str = ZONE,
) -> LoadResult:
    """The pack as a tenant has it, checked again: parts that are off are gone, options have
    their values, added blocks stand in their actions. Mistakes in what was chosen have the
    file `(configuration)` and the path `options.daily_limit` or `added_steps[0]`.

    What the same pack was lately found to be under the same choice is remembered.
    """
    chosen = Configuration(variant, options or {}, parts or {}, added_steps)
    return _configure(_Choice(pack, chosen, zone))


@lru_cache(maxsize=CONFIGURED_MOST)
def _configure(choice: _Choice) -> LoadResult:
    pack, chosen, variant = choice.pack, choice.chosen, choice.chosen.variant
    mistakes = Mistakes()
    tree, _ = _read(tuple(sorted(pack.files.items())))
    assert tree is not None, "the files of a pack were checked"
    draft, graph = read_draft(tree, chosen, mistakes, choice.zone)
    if graph is not None:
        _added_texts(pack, draft.text_keys, mistakes)
    if len(mistakes) or graph is None:
        return LoadResult(None, mistakes.all())
    beside = Beside(
        texts=_texts(pack, tree, variant),
        cases=tuple(
            case for case in pack.cases if {act.action for act in case.when} <= set(draft.actions)
        ),
        people=_people(pack, tree, variant),
        quality=pack.quality,
        asking={name: said for name, said in pack.asking.items() if name in draft.actions},
    )
    configured = assemble(draft, tree, beside, graph, ("as configured",), variant)
    return LoadResult(_counted(replace(configured, variants=pack.variants)))


def _added_texts(pack: Pack, keys: Mapping[str, Position], mistakes: Mistakes) -> None:
    for key, at in keys.items():
        if key not in pack.texts["zh"]:
            mistakes.unknown(at, "text", key, pack.texts["zh"], key)


def _texts(pack: Pack, tree: Tree, variant: str | None) -> dict[str, dict[str, str]]:
    texts = {language: dict(known) for language, known in pack.texts.items()}
    overlay = tree.variants[variant].map("texts") if variant else None
    for language, known in texts.items():
        if overlay is not None:
            own = overlay.map(language)
            known.update({key: own.text(key) for key, _ in own})
    return texts


def _people(pack: Pack, tree: Tree, variant: str | None) -> Any:
    sizes: Mapping[str, Any] = tree.variants[variant].map("people").entries if variant else {}
    groups = {}
    for name, group in pack.people.groups.items():
        size = sizes.get(name)
        count = int(size.text("count")) if isinstance(size, Map) else group.count
        groups[name] = replace(group, count=count)
    return replace(pack.people, groups=groups)


__all__ = [
    "AddedStep",
    "Configuration",
    "configure",
    "load_pack",
    "load_pack_files",
    "read_files",
]
