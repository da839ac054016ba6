"""The common template of two packs: what they share, and what differs as options and parts.

What only one of them has belongs to a part of the template, what both have with other values is an
option; a variant named like each pack switches them so that the pack comes out again. What the language
cannot hold as either (another state after an action, another role) stays as in the first pack, and
is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from enscene.kernel.errors import Invalid
from enscene.scenes.language._written import Quoted, as_yaml, plain
from enscene.scenes.language.diff import Change, diff_packs
from enscene.scenes.language.load import configure, load_pack_files
from enscene.scenes.language.model import LoadResult, Option, Pack

TABLES = (
    "parties", "links", "options", "accounts", "counters", "things", "flows", "actions", "timers",
    "triggers", "products", "moments", "topics", "meters", "indicators", "pages",
)  # fmt: skip
_NAMED = frozenset({"fields", "states", "input", "read"})
"""Mappings within a declaration whose entries may belong to a part."""
_LISTED = frozenset({"do", "when", "items"})
_SHORT = {"fields": "type", "input": "type", "from": "account", "to": "account", "when": "that",
          "parties": "is"}  # fmt: skip
"""What a text stands for where a mapping could."""
LANGUAGES = ("zh", "en")
LOADS_MOST = 4

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Original:
    """One of the two packs: what it adds, as paths, and what remains different when the template is
    configured as its variant; nothing: it is the template with that overlay."""

    pack: str
    variant: str
    adds: tuple[str, ...]
    remains: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Common:
    """`files` make the template, `result` is what checking them gave. `left` are paths where the
    first pack's way was kept."""

    files: Mapping[str, str]
    result: LoadResult
    shared: Mapping[str, int]
    left: tuple[str, ...]
    originals: tuple[Original, ...]


@dataclass(slots=True)
class _Merge:
    """The template in the making."""

    one: Pack
    other: Pack
    parts: Tree = field(default_factory=dict)
    adds: dict[str, list[str]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    switched: dict[str, dict[str, str]] = field(default_factory=dict)

    def tagged(self, value: Any, side: Pack, path: str, where: str) -> Any:
        """What only one pack has, as belonging to a part of its own."""
        self.adds[side.id].append(path)
        if isinstance(value, str):
            value = {_SHORT.get(where, value): value} if where in _SHORT else {value: "on"}
            if where == "creates":
                thing, _, state = next(iter(value)).partition(".")
                value = {"thing": thing, "state": state}
        elif where in ("from", "to") and isinstance(value, list):
            return value
        return {**value, "part": self._part(side, value.get("part"))}

    def _part(self, side: Pack, inner: str | None) -> str:
        own, both = f"of_{side.id}", inner in self.one.parts and inner in self.other.parts
        if inner is not None and not both:
            return inner
        default = "on"
        if inner is None:
            name, needs = own, []
        else:
            name, needs = f"{own}_{inner}", [inner]
            default = "on" if side.parts[inner].default else "off"
        if name not in self.parts:
            self.parts[name] = {"default": "off", **({"needs": needs} if needs else {})}
            self.switched[side.id][name] = default
        return name


def common_template(one: Pack, other: Pack, name: str) -> Common:
    """The template of two packs, under a name that is also that of its folder.

    Raises: Invalid where there can be none: the packs are one, or of two currencies.
    """
    if one.id == other.id or name in (one.id, other.id):
        raise Invalid("two packs and their template have three names", param="out")
    if one.currency != other.currency:
        raise Invalid("packs of two currencies have no common template", param="packs")
    merge = _Merge(one, other)
    for side in (one, other):
        merge.adds[side.id], merge.switched[side.id] = [], {}
    first, second = (plain("scene.yaml", side.files["scene.yaml"]) for side in (one, other))
    scene, shared = _scene(merge, first, second, name)
    files = {
        "scene.yaml": as_yaml(scene, f"What {one.id} and {other.id} have in common; made by pack common."),
        **_beside(merge, scene), **_variants(merge, scene),
    }  # fmt: skip
    files, result = _checked(files)
    return Common(
        files, result, shared, tuple(merge.left),
        tuple(
            Original(side.id, side.id, tuple(merge.adds[side.id]), _remains(result, side))
            for side in (one, other)
        ),
    )  # fmt: skip


def _checked(files: dict[str, str]) -> tuple[dict[str, str], LoadResult]:
    """The files without texts that nothing uses any more."""
    for _ in range(LOADS_MOST):
        result = load_pack_files(files)
        useless = {each.path for each in result.mistakes if each.code == "unused_text"}
        if not useless:
            break
        for language in LANGUAGES:
            at = f"texts/{language}.yaml"
            kept = _without(plain(at, files[at]), useless)
            files = {**files, at: as_yaml(kept)}
    return files, result


def _without(tree: Tree, keys: set[str], path: str = "") -> Tree:
    found = {}
    for key, value in tree.items():
        inner = f"{path}.{key}" if path else key
        if inner not in keys:
            found[key] = _without(value, keys, inner) if isinstance(value, dict) else value
    return found


def _remains(result: LoadResult, side: Pack) -> tuple[Change, ...]:
    """What is different between a pack as it is by default, and the template as its variant."""
    if result.pack is None:
        return ()
    configured, as_is = configure(result.pack, variant=side.id).pack, configure(side).pack
    if configured is None or as_is is None:
        return (Change("changed", "configuration", side.id, "refused"),)
    made, own = _partless(configured), _partless(as_is)
    return tuple(
        each for each in diff_packs(own, made)
        if not each.path.startswith(("texts.", "parts.", "version", "options."))
    ) + tuple(
        Change("changed", f"options.{name}", str(option.value), str(given and given.value))
        for name, option in own.options.items()
        for given in (made.options.get(name),)
        if given is None
        or (given.value, given.least, given.most) != (option.value, option.least, option.most)
    )  # fmt: skip


def _partless(pack: Pack) -> Pack:
    """A pack without saying which part anything belongs to: once it is configured, that is over."""
    bare: dict[str, Any] = {
        table: {name: _bare(item) for name, item in getattr(pack, table).items()}
        for table in TABLES
    }
    return replace(pack, **bare)


def _bare(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_bare(item) for item in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {
        each.name: None if each.name == "part" else _bare(getattr(value, each.name))
        for each in fields(value)
        if each.name == "part" or isinstance(getattr(value, each.name), tuple)
    }
    return replace(value, **changed)


def _scene(merge: _Merge, first: Tree, second: Tree, name: str) -> tuple[Tree, dict[str, int]]:
    kind = {
        key: _union(first["class"].get(key), second["class"].get(key))
        for key in ("serves", "routes")
    }
    if first["class"]["sector"] != second["class"]["sector"]:
        merge.left.append("class.sector")
    if first["class"].get("origin") == second["class"].get("origin", "own"):
        kind["origin"] = first["class"]["origin"]
    scene: Tree = {
        "id": name, "version": "1.0.0", "currency": merge.one.currency,
        "class": {**kind, "sector": first["class"]["sector"]},
    }  # fmt: skip
    shared = {}
    for part in (*first.get("parts", {}), *second.get("parts", {})):
        _add_part(merge, part, first.get("parts", {}), second.get("parts", {}))
    for table in TABLES:
        mine, theirs = first.get(table, {}), second.get(table, {})
        shared[table] = sum(1 for key in mine if key in theirs)
        if table == "options":
            scene[table] = _options(merge, mine, theirs)
            scene["parts"] = merge.parts
        else:
            scene[table] = _entries(merge, mine, theirs, table, table)
    return {key: value for key, value in scene.items() if value}, shared


def _add_part(merge: _Merge, part: str, first: Tree, second: Tree) -> None:
    written = first.get(part, second.get(part))
    needs = written.get("needs") if isinstance(written, dict) else None
    both = part in first and part in second
    side = merge.one if part in first else merge.other
    default = "on" if side.parts[part].default and both else "off"
    merge.parts[part] = {"default": default, **({"needs": needs} if needs else {})}
    for each in (merge.one, merge.other):
        known = each.parts.get(part)
        merge.switched[each.id][part] = "on" if known is not None and known.default else "off"
    if not both:
        merge.adds[side.id].append(f"parts.{part}")


def _union(one: Any, other: Any) -> list[Any]:
    lists = [each if isinstance(each, list) else [each] for each in (one, other) if each]
    return list(dict.fromkeys(item for each in lists for item in each))


def _entries(merge: _Merge, mine: Tree, theirs: Tree, path: str, where: str) -> Tree:
    """Named declarations of both; those of one belong to its part."""
    found = {}
    for key in dict.fromkeys((*mine, *theirs)):
        inner = f"{path}.{key}"
        if key in mine and key in theirs:
            found[key] = _both(merge, mine[key], theirs[key], inner)
        else:
            side = merge.one if key in mine else merge.other
            value = mine[key] if key in mine else theirs[key]
            found[key] = merge.tagged(value, side, inner, where)
    return found


def _both(merge: _Merge, mine: Any, theirs: Any, path: str) -> Any:
    if mine == theirs:
        return mine
    if not isinstance(mine, dict) or not isinstance(theirs, dict):
        merge.left.append(path)
        return mine
    found: Tree = {}
    table = path.partition(".")[0]
    for key in dict.fromkeys((*mine, *theirs)):
        one, other, inner = mine.get(key), theirs.get(key), f"{path}.{key}"
        lists = key in _LISTED or (table == "flows" and key in ("from", "to")) or (
            table == "topics" and key == "from"
        )  # fmt: skip
        if one == other:
            found[key] = one
        elif key in _NAMED and table in ("things", "actions"):
            found[key] = _entries(merge, one or {}, other or {}, inner, key)
        elif lists:
            found[key] = _lists(merge, one, other, inner, key)
        elif key == "creates" and (one is None or other is None):
            side = merge.one if other is None else merge.other
            found[key] = merge.tagged(one or other, side, inner, key)
        else:
            merge.left.append(inner)
            if one is not None:
                found[key] = one
    return found


def _lists(merge: _Merge, one: Any, other: Any, path: str, where: str) -> list[Any]:
    mine, theirs = (
        [] if each is None else each if isinstance(each, list) else [each] for each in (one, other)
    )
    matcher = SequenceMatcher(None, [repr(each) for each in mine], [repr(each) for each in theirs],
                              autojunk=False)  # fmt: skip
    found: list[Any] = []
    for kind, low, high, start, end in matcher.get_opcodes():
        if kind == "equal":
            found += mine[low:high]
            continue
        for side, items, first in ((merge.one, mine[low:high], low),
                                   (merge.other, theirs[start:end], start)):  # fmt: skip
            found += [
                merge.tagged(each, side, f"{path}[{number}]", where)
                for number, each in enumerate(items, first)
            ]
    return found


def _options(merge: _Merge, mine: Tree, theirs: Tree) -> Tree:
    """Those of both have the first's default and the wider bounds; variants narrow them again."""
    found = {}
    for key in dict.fromkeys((*mine, *theirs)):
        path = f"options.{key}"
        if key not in mine or key not in theirs:
            side = merge.one if key in mine else merge.other
            found[key] = merge.tagged(mine.get(key) or theirs[key], side, path, "options")
            continue
        one, other = mine[key], theirs[key]
        if one == other:
            found[key] = one
            continue
        first, second = merge.one.options[key], merge.other.options[key]
        if first.type != second.type or one.get("part") != other.get("part"):
            merge.left.append(path)
            found[key] = one
            continue
        found[key] = {**one, **_bounds(first, second, one, other)}
        for bound in ("min", "max"):
            if bound not in one or bound not in other:
                found[key].pop(bound, None)
    return found


def _bounds(first: Option, second: Option, one: Tree, other: Tree) -> Tree:
    wide: Tree = {}
    if first.least is not None and second.least is not None:
        wide["min"] = one["min"] if first.least <= second.least else other["min"]  # type: ignore[operator]
    if first.most is not None and second.most is not None:
        wide["max"] = one["max"] if first.most >= second.most else other["max"]  # type: ignore[operator]
    return wide


def _variants(merge: _Merge, scene: Tree) -> dict[str, str]:
    """The overlays by which each pack comes out of the template, and the variants that both have."""
    files = {
        name: text for name, text in merge.one.files.items()
        if name.startswith("variants/") and merge.other.files.get(name) == text
    }  # fmt: skip
    for side in (merge.one, merge.other):
        own = plain("scene.yaml", side.files["scene.yaml"]).get("options", {})
        options = {
            name: {key: given[key] for key in ("default", "min", "max") if key in given}
            for name, given in own.items()
            if any(given.get(k) != scene["options"][name].get(k) for k in ("default", "min", "max"))
        }
        parts = {name: merge.switched[side.id].get(name, "off") for name in scene.get("parts", {})}
        texts = {
            language: {
                key: Quoted(text) for key, text in side.texts[language].items()
                if merge.one.texts[language].get(key, text) != text
                and "." in key and not key.startswith("variants.")
            }
            for language in LANGUAGES
        }  # fmt: skip
        overlay = {
            "options": options,
            "parts": parts,
            "texts": texts if any(texts.values()) else {},
        }
        files[f"variants/{side.id}.yaml"] = as_yaml(
            {key: value for key, value in overlay.items() if value}, f"As {side.id} has it."
        )
    return files


def _beside(merge: _Merge, scene: Tree) -> dict[str, str]:
    one, other = merge.one, merge.other
    trees = {
        name: [plain(name, side.files[name]) if name in side.files else {} for side in (one, other)]
        for name in ("cases.yaml", "people.yaml", "quality.yaml", "asking.yaml")
    }
    files = {"cases.yaml": as_yaml({"cases": _cases(merge, *trees["cases.yaml"])})}
    mine, theirs = trees["people.yaml"]
    files["people.yaml"] = as_yaml(_people(merge, mine, theirs))
    mine, theirs = trees["quality.yaml"]
    files["quality.yaml"] = as_yaml({
        "rules": {key: value if theirs.get("rules", {}).get(key) == value else "todo"
                  for key, value in mine["rules"].items()}
    })  # fmt: skip
    asked = _asking(*trees["asking.yaml"])
    if asked:
        files["asking.yaml"] = as_yaml(asked)
    files["NOTES.md"] = _notes(merge)
    for language in LANGUAGES:
        files[f"texts/{language}.yaml"] = as_yaml(_texts(merge, scene, language))
    return files


def _cases(merge: _Merge, first: Tree, second: Tree) -> Tree:
    """Those that both have, and those of each as its variant; of another variant or with parts of
    its own it keeps what it says where both have that."""
    mine, theirs = first["cases"], second["cases"]
    found = {name: case for name, case in mine.items() if theirs.get(name) == case}
    for side, cases in ((merge.one, mine), (merge.other, theirs)):
        for name, case in cases.items():
            given = case["given"]
            if name in found and found[name] == case:
                continue
            if "variant" in given and not _has_variant(merge, given["variant"]):
                continue
            changed = given if "variant" in given else {**given, "variant": side.id}
            known = name if name not in found else f"{name}_in_{side.id}"
            found[known] = {**case, "given": changed}
    return found


def _has_variant(merge: _Merge, name: str) -> bool:
    at = f"variants/{name}.yaml"
    return at in merge.one.files and merge.one.files[at] == merge.other.files.get(at)


def _people(merge: _Merge, mine: Tree, theirs: Tree) -> Tree:
    groups: Tree = {}
    before = {side: list(paths) for side, paths in merge.adds.items()}
    left = list(merge.left)
    for key in dict.fromkeys((*mine["groups"], *theirs["groups"])):
        one, other = mine["groups"].get(key), theirs["groups"].get(key)
        if one is None or other is None:
            side = merge.one if other is None else merge.other
            groups[key] = merge.tagged(one or other, side, key, "groups")
        else:
            habits = _lists(merge, one.get("habits"), other.get("habits"), key, "habits")
            groups[key] = {**one, "habits": habits}
    # Who lives in a rehearsal is no part of what the packs do.
    merge.adds, merge.left = before, left
    return {**mine, "groups": groups}


def _asking(mine: Tree, theirs: Tree) -> Tree:
    found: Tree = {}
    taken: dict[tuple[str, str], str] = {}
    for tree in (mine, theirs):
        for action, by_language in tree.items():
            for language, phrases in by_language.items():
                kept = found.setdefault(action, {}).setdefault(language, [])
                for phrase in phrases if isinstance(phrases, list) else [phrases]:
                    if taken.setdefault((language, str(phrase)), action) == action:
                        kept += [phrase] if phrase not in kept else []
    return found


def _notes(merge: _Merge) -> str:
    lines = [f"# What {merge.one.id} and {merge.other.id} have in common", ""]
    for side in (merge.one, merge.other):
        lines += [
            f"## What {side.id} adds",
            "",
            *(f"- `{each}`" for each in merge.adds[side.id]),
            "",
        ]
    for path in merge.left:
        lines.append(f"- `{path}` stays as in {merge.one.id}")
    told = [merge.one.files["NOTES.md"].strip()]
    if merge.other.files["NOTES.md"].strip() not in told:
        told.append(merge.other.files["NOTES.md"].strip())
    return "\n".join([*lines, "", *told, ""])


def _texts(merge: _Merge, scene: Tree, language: str) -> Tree:
    """Of both, the first's where they differ; and of the parts and variants that came about."""
    flat: dict[str, str] = {**merge.other.texts[language], **merge.one.texts[language]}
    titles = [side.texts[language]["title"] for side in (merge.one, merge.other)]
    zh = language == "zh"
    flat["title"] = ("共同模板：" if zh else "Common template: ") + " / ".join(titles)
    for side, title in zip((merge.one, merge.other), titles, strict=True):
        flat[f"variants.{side.id}.title"] = title
        flat[f"variants.{side.id}.help"] = side.texts[language]["summary"]
        for part in scene.get("parts", {}):
            if part == f"of_{side.id}" or part.startswith(f"of_{side.id}_"):
                flat[f"parts.{part}.title"] = ("仅属：" if zh else "Only of: ") + title
                flat[f"parts.{part}.help"] = (
                    f"只有“{title}”有的内容。" if zh else f"What only {title} has."
                )
    known = {*(f"variants/{side.id}.yaml" for side in (merge.one, merge.other)),
             *(name for name in merge.one.files if _has_variant(merge, name[9:-5]))}  # fmt: skip
    tree: Tree = {}
    for key, text in flat.items():
        words = key.split(".")
        if words[0] == "variants" and f"variants/{words[1]}.yaml" not in known:
            continue
        place = tree
        for word in words[:-1]:
            place = place.setdefault(word, {})
        place[words[-1]] = Quoted(text)
    return tree


def paths_by_table(paths: Sequence[str]) -> dict[str, int]:
    """How many of each table."""
    found: dict[str, int] = {}
    for path in paths:
        table = path.partition(".")[0]
        found[table] = found.get(table, 0) + 1
    return found
