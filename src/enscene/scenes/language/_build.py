"""From the files of a pack to the checked pack, in three passes.

What does not have the right shape is told first; then names and types; then what the proofs
find. A later pass begins when the earlier ones found nothing, so that no mistake is told twice
in other words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import cast

from enscene.kernel.documents import Map, Mistakes, Scalar, read_yaml
from enscene.kernel.documents.shapes import Free, Shape, conform
from enscene.kernel.said import Said, say
from enscene.scenes.language._actions import find_parties, read_actions
from enscene.scenes.language._asking import read_asking
from enscene.scenes.language._cases import read_cases
from enscene.scenes.language._configuration import (
    FILE,
    Configuration,
    scalar_of,
    with_steps,
    without_parts,
)
from enscene.scenes.language._declarations import declare, narrowed
from enscene.scenes.language._draft import Draft
from enscene.scenes.language._engagement import read_engagement
from enscene.scenes.language._flows import declare_flows
from enscene.scenes.language._grammar_beside import ASKING, CASES, PEOPLE, QUALITY, VARIANT
from enscene.scenes.language._grammar_scene import SCENE
from enscene.scenes.language._people import read_people
from enscene.scenes.language._quality import Facts, read_quality
from enscene.scenes.language._reactions import read_reactions
from enscene.scenes.language._steps import legs_of
from enscene.scenes.language._texts import LANGUAGES, check_texts, flatten
from enscene.scenes.language._topics import read_topics
from enscene.scenes.language.model import (
    Case,
    Figures,
    Pack,
    People,
    Position,
    Quality,
    Variant,
)
from enscene.scenes.language.proofs import MoneyGraph, prove_money, prove_states
from enscene.shelf import standard_shelf

KIND_WORDS = {"closed_loop": say("closed-loop"), "supervised": say("supervised")}
REQUIRED = (
    "scene.yaml",
    "cases.yaml",
    "people.yaml",
    "quality.yaml",
    "texts/zh.yaml",
    "texts/en.yaml",
    "NOTES.md",
)
SHAPES: Mapping[str, Shape] = {
    "scene.yaml": SCENE,
    "cases.yaml": CASES,
    "people.yaml": PEOPLE,
    "quality.yaml": QUALITY,
    "asking.yaml": ASKING,
}


@dataclass(slots=True)
class Tree:
    """The files of a pack, read and in shape."""

    files: Mapping[str, str]
    scene: Map
    cases: Map
    people: Map
    quality: Map
    asking: Map | None
    texts: Mapping[str, Map]
    variants: Mapping[str, Map]


@dataclass(slots=True)
class Beside:
    """What stands beside the scene: read once, for the pack with all its parts."""

    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    cases: tuple[Case, ...] = ()
    people: People = field(default_factory=lambda: People({}, {}))
    quality: tuple[Quality, ...] = ()
    asking: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


def read_tree(files: Mapping[str, str], mistakes: Mistakes) -> Tree | None:
    """Read all files; None when any is missing or out of shape."""
    for name in REQUIRED:
        if name not in files:
            hint = say("a pack has {names}", names=REQUIRED)
            mistakes.add(
                Position(name, 1, 1), "missing_file", say("`{name}` is missing", name=name), hint
            )
    found: dict[str, Map] = {}
    for name in sorted(files):
        if name in ("NOTES.md", "README.md"):
            continue
        shape = SHAPES.get(name, Free() if name.startswith("texts/") else None)
        if name.startswith("variants/") and name.endswith(".yaml"):
            shape = VARIANT
        if shape is None or (name.startswith("texts/") and name not in REQUIRED):
            mistakes.add(
                Position(name, 1, 1), "unexpected_file", say("a pack has no `{name}`", name=name)
            )
            continue
        root = read_yaml(name, files[name], mistakes)
        kept = conform(root, shape, mistakes) if root is not None else None
        if isinstance(kept, Map):
            found[name] = kept
    if len(mistakes):
        return None
    return Tree(
        files=files,
        scene=found["scene.yaml"],
        cases=found["cases.yaml"],
        people=found["people.yaml"],
        quality=found["quality.yaml"],
        asking=found.get("asking.yaml"),
        texts={language: found[f"texts/{language}.yaml"] for language in LANGUAGES},
        variants={
            name.removeprefix("variants/").removesuffix(".yaml"): node
            for name, node in found.items()
            if name.startswith("variants/")
        },
    )


def read_draft(
    tree: Tree, configuration: Configuration, mistakes: Mistakes, zone: str
) -> tuple[Draft, MoneyGraph | None]:
    """Check one configuration of the scene; the proofs run when everything else holds."""
    variant = tree.variants.get(configuration.variant or "")
    if configuration.variant is not None and variant is None:
        at = Position(FILE, 1, 1)
        mistakes.unknown(at, "variant", configuration.variant, tree.variants, "variant")
    off = _off(tree, configuration, variant)
    scene = cast(Map, without_parts(tree.scene, off))
    scene = with_steps(scene, configuration.added_steps, mistakes)
    draft = Draft(scene, mistakes, zone, variant=variant)
    draft.switched = configuration.parts
    draft.chosen = {
        name: scalar_of(value, f"options.{name}") for name, value in configuration.options.items()
    }
    before = len(mistakes)
    declare(draft)
    _unknown_choices(draft, tree)
    declare_flows(draft)
    if len(mistakes) > before:
        return draft, None
    read_actions(draft)
    read_reactions(draft)
    read_engagement(draft)
    read_topics(draft)
    find_parties(draft)
    if len(mistakes) > before:
        return draft, None
    return draft, _prove(draft)


def _off(tree: Tree, configuration: Configuration, variant: Map | None) -> frozenset[str]:
    off = set()
    for name, node in tree.scene.map("parts"):
        default = cast(Map, node).text("default")
        if variant is not None:
            default = variant.map("parts").text(name, default)
        if not configuration.parts.get(name, default in ("true", "on")):
            off.add(name)
    return frozenset(off)


def _unknown_choices(draft: Draft, tree: Tree) -> None:
    for name, node in draft.chosen.items():
        if name not in draft.options:
            draft.mistakes.unknown(node.at, "option", name, draft.options, node.path)
    parts = tree.scene.map("parts").entries
    for name in draft.switched:
        if name not in parts:
            draft.mistakes.unknown(Position(FILE, 1, 1), "part", name, parts, f"parts.{name}")


def _prove(draft: Draft) -> MoneyGraph:
    for fault in prove_states(draft.things, draft.actions.values()):
        draft.mistakes.add(fault.at, fault.code, fault.message, fault.hint, fault.path)
    graph = prove_money(draft.accounts, draft.flows, draft.actions.values())
    for leak in graph.leaks:
        kind = KIND_WORDS[draft.accounts[leak.accounts[0]].kind]
        last = leak.path[-1]
        draft.mistakes.add(
            last.at,
            "leak",
            say("{kind} money leaks: {leak}", kind=kind, leak=leak.told()),
            say(
                'add `release: {{{source}: "condition"}}` to flow `{flow}`, or end it in an account that is not free',
                source=last.source,
                flow=last.flow,
            ),
            f"flows.{last.flow}",
        )
    for flow in draft.flows.values():
        legs = {leg.account for leg in legs_of(flow)}
        for name, condition in flow.release.items():
            if name not in legs or draft.accounts[name].kind == "free":
                why = say("is free") if name in legs else say("is not in it")
                message = say(
                    "flow `{flow}` cannot release `{name}`, which {why}",
                    flow=flow.name,
                    name=name,
                    why=why,
                )
                path = f"flows.{flow.name}.release"
                draft.mistakes.add(condition.at, "useless_release", message, path=path)
    return graph


def read_beside(draft: Draft, tree: Tree) -> Beside:
    """Read texts, variants, cases, people and quality against the pack with all its parts."""
    variants = _variants(draft, tree)
    texts = check_texts(draft, tree.texts, _variant_texts(tree))
    cases = read_cases(draft, tree.cases, variants)
    people = read_people(draft, tree.people)
    facts = Facts(draft, cases, people, variants, tree.files["NOTES.md"])
    quality = read_quality(facts, tree.quality)
    asking = {} if tree.asking is None else read_asking(draft, tree.asking)
    return Beside(texts, cases, people, quality, asking)


def _variant_texts(tree: Tree) -> Iterator[tuple[str, Position]]:
    for name, node in tree.variants.items():
        yield f"variants.{name}.title", node.at
        yield f"variants.{name}.help", node.at


def _variants(draft: Draft, tree: Tree) -> dict[str, Variant]:
    """The variants, each only narrowing what the pack has."""
    found: dict[str, Variant] = {}
    groups = tree.people.map("groups").entries
    for name, node in tree.variants.items():
        for option, item in node.map("options"):
            known = draft.options.get(option)
            at = node.map("options").keys[option]
            if known is None:
                draft.mistakes.unknown(at, "option", option, draft.options, item.path)
            else:
                narrowed(draft, known, cast(Map, item))
        for table, names in (("parts", draft.parts), ("people", groups)):
            for key, item in node.map(table):
                if key not in names:
                    at = node.map(table).keys[key]
                    draft.mistakes.unknown(at, table.rstrip("s"), key, names, item.path)
        for language, item in node.map("texts"):
            base = flatten(tree.texts[language], Mistakes()) if language in LANGUAGES else {}
            for key, text in cast(Map, item):
                if key not in base:
                    draft.mistakes.unknown(text.at, "text", key, base, text.path)
        for key, item in node.map("products"):
            if key not in draft.products:
                at = node.map("products").keys[key]
                draft.mistakes.unknown(at, "product", key, draft.products, item.path)
            else:
                _same_kind(draft, key, cast(Scalar, item))
        parts = {key: draft.flag(node.map("parts"), key) for key, _ in node.map("parts")}
        found[name] = Variant(name, tuple(node.map("options").entries), parts, node.at)
    return found


def _same_kind(draft: Draft, name: str, item: Scalar) -> None:
    """A variant may only put a product of the same kind behind a mounted one."""
    products = standard_shelf().products
    shelf, known = item.text.removeprefix("shelf."), products.get(draft.products[name].shelf)
    other = products.get(shelf)
    if other is None:
        draft.mistakes.unknown(item.at, "shelf product", shelf, products, item.path)
    elif known is not None and other.kind != known.kind:
        message = say(
            "`{name}` is a {roles}, not a {role}", name=shelf, roles=other.kind, role=known.kind
        )
        draft.mistakes.add(item.at, "other_kind", message, path=item.path)


def combinations(tree: Tree) -> Iterator[tuple[Said, Configuration]]:
    """Parts: none, each alone (with what it needs), all but each (and what needs it); and every
    variant."""
    needs: dict[str, set[str]] = {}
    for name, node in tree.scene.map("parts"):
        items = cast(Map, node).seq("needs")
        needs[name] = {item.text for item in items if isinstance(item, Scalar)}

    def closure(start: str, steps: Mapping[str, set[str]]) -> set[str]:
        found, todo = {start}, [start]
        while todo:
            more = steps.get(todo.pop(), set()) - found
            found |= more
            todo += more
        return found

    needed_by = {
        name: {other for other, wanted in needs.items() if name in wanted} for name in needs
    }
    seen: set[frozenset[str]] = {frozenset(needs)}
    wanted: list[tuple[Said, set[str]]] = [(say("no parts"), set())]
    wanted += [(say("only {part}", part=name), closure(name, needs)) for name in needs]
    wanted += [
        (say("without {part}", part=name), set(needs) - closure(name, needed_by)) for name in needs
    ]
    for title, on in wanted:
        if frozenset(on) not in seen:
            seen.add(frozenset(on))
            yield title, Configuration(parts={name: name in on for name in needs})
    for name in tree.variants:
        yield say("variant {variant}", variant=name), Configuration(variant=name)


def everything(tree: Tree) -> Configuration:
    """The configuration with all parts on."""
    return Configuration(parts={name: True for name, _ in tree.scene.map("parts")})


def digest_of(files: Mapping[str, str]) -> str:
    """The sha256 of all files but the generated README, in hex."""
    total = sha256()
    for name in sorted(files):
        if name != "README.md":
            body = files[name].encode()
            total.update(f"{name}\0{len(body)}\0".encode() + body)
    return total.hexdigest()


def assemble(
    draft: Draft,
    tree: Tree,
    beside: Beside,
    graph: MoneyGraph,
    configurations: tuple[str, ...],
    variant: str | None,
) -> Pack:
    """The pack of a draft without mistakes."""
    scene = draft.scene

    def words(node: Map, key: str) -> tuple[str, ...]:
        return tuple(item.text for item in node.seq(key) if isinstance(item, Scalar))

    kinds = scene.map("class")
    return Pack(
        id=scene.text("id"),
        version=scene.text("version"),
        digest=digest_of(tree.files),
        currency=draft.currency,
        serves=words(kinds, "serves"),
        sector=kinds.text("sector"),
        routes=words(kinds, "routes"),
        parties=draft.parties,
        links=draft.links,
        options=draft.options,
        parts=draft.parts,
        accounts=draft.accounts,
        counters=draft.counters,
        things=draft.things,
        flows=draft.flows,
        actions=draft.actions,
        timers=draft.timers,
        triggers=draft.triggers,
        products=draft.products,
        moments=draft.moments,
        topics=draft.topics,
        meters=draft.meters,
        indicators=draft.indicators,
        pages=draft.pages,
        texts=beside.texts,
        cases=beside.cases,
        people=beside.people,
        quality=beside.quality,
        asking=beside.asking,
        variants=_variants(draft, tree) if variant is None else {},
        figures=_figures(draft, beside, graph, configurations),
        files=tree.files,
        variant=variant,
        origin=kinds.text("origin") or "own",
    )


def _figures(
    draft: Draft, beside: Beside, graph: MoneyGraph, configurations: tuple[str, ...]
) -> Figures:
    counts = {
        "parties": len(draft.parties),
        "options": len(draft.options),
        "accounts": len(draft.accounts),
        "flows": len(draft.flows),
        "money_edges": len(graph.edges),
        "things": len(draft.things),
        "states": sum(len(thing.states) for thing in draft.things.values()),
        "actions": len(draft.actions),
        "resolutions": sum(
            len(ways) for action in draft.actions.values() for ways in action.resolution.values()
        ),
        "cases": len(beside.cases),
        "texts": sum(len(texts) for texts in beside.texts.values()),
    }
    return Figures(counts, graph.paths, graph.releases, configurations)
