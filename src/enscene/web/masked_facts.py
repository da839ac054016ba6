"""What an event says, with what identifies a person masked."""

from __future__ import annotations

from typing import Any

from enscene.customers.authorizations.mask import mask_value
from enscene.scenes.language import Pack


def masked_facts(pack: Pack, facts: Any) -> Any:
    """The facts with each value masked whose name is that of a field or an input of level C2."""
    fields = [field for thing in pack.things.values() for field in thing.fields.values()]
    fields += [field for action in pack.actions.values() for field in action.input.values()]
    return _masked({field.name for field in fields if field.level == "C2"}, facts)


def _masked(names: set[str], value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: mask_value(each) if name in names else _masked(names, each)
            for name, each in value.items()
        }
    return [_masked(names, each) for each in value] if isinstance(value, list) else value
