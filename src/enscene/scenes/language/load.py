"""Loading packs: from a folder, from stored texts, and as a tenant configured them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
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
from enscene.scenes.language.model import LoadResult, Pack, Position
from enscene.scenes.language.walk import expressions_of

ZONE = "Asia/Shanghai"
MAX_FILES = 64


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
    `texts/zh.yaml`...). Mistakes are collected; there is no pack as long as there is one."""
    zone_of(zone)
    mistakes = Mistakes()
    tree = read_tree(files, mistakes)
    if tree is None:
        return LoadResult(None, mistakes.all())
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
    file `(configuration)` and the path `options.daily_limit` or `added_steps[0]`."""
    mistakes = Mistakes()
    tree = read_tree(pack.files, mistakes)
    assert tree is not None, "the files of a pack were checked"
    chosen = Configuration(variant, options or {}, parts or {}, added_steps)
    draft, graph = read_draft(tree, chosen, mistakes, zone)
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
