"""The reference page of the scene language, made from the tables that the parser uses."""

from __future__ import annotations

from collections.abc import Iterator

from enscene.blocks import LIBRARY
from enscene.kernel.documents import MAX_BYTES, MAX_DEPTH, MAX_NODES
from enscene.kernel.documents.shapes import (
    Choice,
    Key,
    Many,
    Named,
    OneOf,
    OrOption,
    Record,
    Shape,
    Word,
)
from enscene.kernel.expressions import Environment
from enscene.scenes.language._declarations import IDENTIFYING
from enscene.scenes.language._grammar_beside import (
    ASKED,
    CASES,
    GENERATORS,
    PEOPLE,
    QUALITY,
    VARIANT,
)
from enscene.scenes.language._grammar_scene import SCENE, WIDGETS
from enscene.scenes.language._quality import RULES

INTRODUCTION = f"""# The scene language 场景语言

This page is generated (`./enscene pack docs`) from the tables that the parser uses.
本页由解析器所用的表生成（`./enscene pack docs`）。

A pack is a folder `packs/<id>/` with `scene.yaml`, `cases.yaml`, `people.yaml`, `quality.yaml`,
`texts/zh.yaml`, `texts/en.yaml`, `NOTES.md` and, if it has any, `asking.yaml` (what customers
say in their own words, by action) and `variants/<name>.yaml`. Its
`README.md` is generated. A file has at most {MAX_BYTES // 1024} KiB, {MAX_NODES} values and a
depth of {MAX_DEPTH}; anchors, aliases, tags and duplicate keys are refused. Money is written in
quotes ("12.30"), portions as "0.3%" or "1/3", durations as 90s, 15m, 2h, 7d, 1w.

Mistakes are told in three passes: what has not the right shape; then names, types and parties;
then what the proofs find. A later pass begins when the earlier ones found nothing.

## Types 类型

`text`, `int`, `money`, `bool`, `date`, `time`, `duration`, `portion`, `time_of_day`,
`choice(a|b)`, `party(role)`, `ref(thing)`, `list(type)`. A bare `party` is the role that the field
is named after. A field that may identify a person has a level C1, C2 or C3 (C3 in inputs alone: it is never kept); a person's party
field is C2 unless said otherwise, and these words in a name ask for a level: {{words}}.

## Names in expressions 表达式中的名称

| name | what |
|---|---|
| `input.x` | what the caller sent; the key of the `on` thing is always there |
| `options.x` | the configured value |
| `wallet.balance`, `.available`, `.held` | the one account of that name that is meant |
| `spent.value` | the counter of the party that is meant |
| `meal.price`, `meal.state` | the `on` thing, things under `read`, and in `answer` the created one |
| `parties.diner` | the party of that role |
| `actor.role`, `actor.party` | who acts |
| `now`, `today` | the tenant's time and day; an action that looks at them is never optimistic |
| `total` | the output of an earlier step written `as: total` |

## Who is meant 指的是谁

The party of a role is, in this order: the actor; the party that the acting device is bound to;
an input `role: party` (or the only input of that role); a field of the `on` thing, then of things
under `read`; the one party of a role with `one: true`; the end of a link from a role that is
found. All other places that name the role must name the same party, or the actor is refused. An
input named like its role may be left out by an actor of that role, or by its device.

## Proofs 证明

Flows sum to the whole: one source and one target take the rest, and the portions' greatest values
do not exceed the whole. Every state is reached from a creation and leads to an end. No path of
flows, also backwards where `reverse` uses them, takes supervised or closed-loop money to a free
account but through a flow that releases its source. All of it holds with every part on and off.
"""


def reference_page() -> str:
    """The whole page, as Markdown."""
    lines = [INTRODUCTION.replace("{words}", _words())]
    for title, shape in (
        ("scene.yaml", SCENE),
        ("cases.yaml", CASES),
        ("people.yaml", PEOPLE),
        ("quality.yaml", QUALITY),
        ("asking.yaml: {action: asked}", ASKED),
        ("variants/*.yaml", VARIANT),
    ):
        lines.append(f"## {title}\n")
        seen: set[str] = set()
        lines += _record(shape, seen)
    lines += [*_blocks(), *_widgets(), *_generators(), *_rules(), *_functions()]
    return "\n".join(lines).rstrip() + "\n"


def _words() -> str:
    inside = IDENTIFYING.pattern.split(")(", 1)[1].split(")")[0]
    return ", ".join(sorted(inside.split("|")))


def _record(shape: Record, seen: set[str]) -> Iterator[str]:
    seen.add(shape.title)
    yield f"### {shape.title}\n"
    if isinstance(shape.short, str):
        yield f"A single value stands for `{shape.short}`.\n"
    elif shape.short:
        yield f"A single value is `{'.'.join(shape.short)}`.\n"
    yield "| key | value | meaning | 含义 |\n|---|---|---|---|"
    for key in shape.keys:
        star = " (required)" if key.required else ""
        yield f"| `{key.name}`{star} | {_told(key.shape)} | {key.en} | {key.zh} |"
    yield ""
    for key in shape.keys:
        inner = _inner(key)
        if isinstance(inner, Record) and inner.title not in seen:
            yield from _record(inner, seen)
        elif isinstance(inner, OneOf) and inner.title not in seen:
            seen.add(inner.title)
            yield from _one_of(inner)


def _one_of(shape: OneOf) -> Iterator[str]:
    names = ", ".join(f"`{name}`" for name in shape.options)
    yield f"### {shape.title}\n\nExactly one {shape.what} as key ({names}), and besides:\n"
    yield "| key | value | meaning | 含义 |\n|---|---|---|---|"
    for key in shape.keys:
        yield f"| `{key.name}` | {_told(key.shape)} | {key.en} | {key.zh} |"
    yield ""


def _inner(key: Key) -> Shape:
    """The shape of the single values under a key."""
    shape: Shape = key.shape
    while isinstance(shape, Many | Named):
        shape = shape.item if isinstance(shape, Many) else shape.value
    return shape


def _told(shape: Shape) -> str:
    match shape:
        case Word():
            return {"expr": "expression", "text_key": "text key"}.get(shape.kind, shape.kind)
        case Choice():
            return ", ".join(f"`{value}`" for value in shape.values)
        case Many():
            return f"list of {_told(shape.item)}"
        case Named():
            return f"name → {_told(shape.value)}"
        case Record():
            return f"[{shape.title}](#{shape.title.replace(' ', '-')})"
        case OneOf():
            return shape.title
        case OrOption():
            return "value or `{option: name}`"
    return "any"


def _blocks() -> Iterator[str]:
    yield "## Blocks 积木\n"
    for spec in LIBRARY.values():
        yield f"### {spec.name} {spec.version}\n\n{spec.summary} Family: {spec.family}.\n"
        if spec.short:
            yield f"A single value stands for `{spec.short}`.\n"
        yield "| argument | value | meaning |\n|---|---|---|"
        for name, arg in spec.args.items():
            kind = f"expression ({arg.type})" if arg.kind == "expr" else arg.kind
            star = " (required)" if arg.required else ""
            yield f"| `{name}`{star} | {kind} | {arg.summary} |"
        gives = f"\nGives {spec.output}." if spec.output else ""
        changes = f" May change: {', '.join(sorted(spec.effects))}." if spec.effects else ""
        yield f"{gives}{changes}\n"


def _widgets() -> Iterator[str]:
    yield "## Page items 页面组件\n\n| item | of | meaning | 含义 |\n|---|---|---|---|"
    for name, (of, en, zh) in WIDGETS.items():
        yield f"| `{name}` | {of or '-'} | {en} | {zh} |"
    yield ""


def _generators() -> Iterator[str]:
    yield "## Generators of people.yaml 取值方式\n"
    yield "`{generator: argument}`; a bare value is `always`.\n"
    yield "| generator | makes | meaning | 含义 |\n|---|---|---|---|"
    for name, (kinds, en, zh) in GENERATORS.items():
        yield f"| `{name}` | {', '.join(kinds)} | {en} | {zh} |"
    yield ""


def _rules() -> Iterator[str]:
    yield "## Quality rules 质量规则\n\n| rule | meaning | 含义 |\n|---|---|---|"
    for name, rule in RULES.items():
        yield f"| `{name}` | {rule.en} | {rule.zh} |"
    yield ""


def _functions() -> Iterator[str]:
    yield "## Functions 函数\n\n| signature | meaning |\n|---|---|"
    for item in Environment({}).describe():
        signature = item.type.replace("|", "\\|")
        yield f"| `{signature}` | {item.about} |"
