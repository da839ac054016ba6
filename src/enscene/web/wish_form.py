"""The launch form: what it shows of a template, and the wish that it sends back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from enscene.blocks import LIBRARY, BlockSpec
from enscene.operations import Wish, base_of, default_parts, value_text
from enscene.operations.launch import ORIGIN, ORIGINS_MOST
from enscene.scenes.language import Pack
from enscene.scenes.language.model import Option
from enscene.web.console import Visit

_INT = re.compile(r"-?[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class OptionField:
    """An option as the form shows it; `given` is what stands in the field."""

    option: Option
    given: str
    default: str
    least: str
    most: str


def option_fields(pack: Pack, wish: Wish) -> list[OptionField]:
    """The options that the parts in use have, in the order of the pack."""
    base = base_of(pack, wish.variant)
    parts = default_parts(pack, wish.variant) | wish.parts
    fields = []
    for option in base.options.values():
        if option.part is not None and not parts.get(option.part, True):
            continue
        name, currency = option.type.name, pack.currency
        default = value_text(option.value, name, currency)
        fields.append(
            OptionField(
                option,
                str(wish.options.get(option.name, default)),
                default,
                value_text(option.least, name, currency),
                value_text(option.most, name, currency),
            )
        )
    return fields


def read_wish(visit: Visit, pack: Pack, old: Wish) -> Wish:
    """The wish that the form holds; what the form did not show stays as it was."""
    variant = visit.field("variant") or None
    if variant not in pack.variants:
        variant = None
    given = visit.fields("option.")
    options = {name: value for name, value in old.options.items() if name not in given}
    for field in option_fields(pack, old):
        value = given.get(field.option.name)
        if value is not None and value != field.default:
            options[field.option.name] = _typed(value, field.option)
    seen, on = visit.fields("seen."), visit.fields("part.")
    usual = default_parts(pack, variant)
    parts = {name: name in on for name in seen if name in usual and usual[name] != (name in on)}
    if variant != old.variant:
        parts = {}
    return msgspec.structs.replace(
        old,
        ref=(visit.field("ref") or old.ref)[:60],
        name=visit.field("name")[:60],
        region=visit.field("region")[:60],
        unit=visit.field("unit")[:60],
        customer=visit.field("customer")[:60],
        variant=variant,
        options=options,
        parts=parts,
        products=[name for name in pack.products if name in visit.fields("product.")],
        origins=origins_of(visit.field("origins")),
    )


def origins_of(text: str) -> list[str]:
    """The web origins among words; what is not one is left out."""
    words = re.split(r"[\s,，]+", text.lower())
    return list(dict.fromkeys(word for word in words if ORIGIN.fullmatch(word)))[:ORIGINS_MOST]


def _typed(value: str, option: Option) -> Any:
    if option.type.name == "int" and _INT.fullmatch(value):
        return int(value)
    if option.type.name == "bool":
        return value == "true"
    return value[:60]


def step_of(block: BlockSpec, arguments: Mapping[str, str]) -> dict[str, Any]:
    """The step of scene.yaml that a block and its arguments make."""
    given = {name: value for name, value in arguments.items() if value and name in block.args}
    return {block.name: given}


def block_of(name: str) -> BlockSpec | None:
    """The block of the library, if there is one of that name."""
    return LIBRARY.get(name)
