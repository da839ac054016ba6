"""What an expression may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from enscene.kernel.clock import zone_of
from enscene.kernel.expressions._functions import FUNCTIONS, METHODS
from enscene.kernel.expressions._types import Type, check_name
from enscene.kernel.money import minor_digits


@dataclass(frozen=True, slots=True)
class Completion:
    """Something that can be written at a place of an expression, for editors."""

    text: str
    kind: str
    type: str
    about: str = ""


IDENTITIES_MOST = 20_000
_IDENTITIES: dict[tuple[str, str, tuple[tuple[str, Type], ...]], int] = {}
_numbers = count()  # never given twice, also after what is remembered was dropped


@dataclass(frozen=True)
class Environment:
    """What an expression may name, and in which currency and zone it is read.

    `names` gives the roots and their types; records hold typed fields. `currency` gives
    `money('20.00')` its minor digits, `zone` gives `day(now)` and `hour(now)` their clock.
    Environments that name the same have one `identity`, by which what was compiled is found again.
    """

    names: Mapping[str, Type]
    currency: str = "CNY"
    zone: str = "Asia/Shanghai"
    roots: tuple[str, ...] = field(init=False)
    identity: int = field(init=False)

    def __post_init__(self) -> None:
        for name in self.names:
            check_name(name)
        minor_digits(self.currency)
        zone_of(self.zone)
        object.__setattr__(self, "roots", tuple(self.names))
        known = (self.currency, self.zone, tuple(self.names.items()))
        if len(_IDENTITIES) >= IDENTITIES_MOST:
            _IDENTITIES.clear()
        object.__setattr__(self, "identity", _IDENTITIES.setdefault(known, next(_numbers)))

    def describe(self) -> list[Completion]:
        """All names with their types, then all functions with their signatures."""
        listed = [completion for name, of in self.names.items() for completion in _paths(name, of)]
        functions = (*FUNCTIONS.values(), *METHODS.values())
        listed += [Completion(f.name, "function", f.signature, f.about) for f in functions]
        return listed


def _paths(path: str, of: Type) -> list[Completion]:
    if of.kind != "record":
        return [Completion(path, "name", f"{of}?" if of.optional else str(of))]
    return [
        completion
        for name, field_type in of.fields
        for completion in _paths(f"{path}.{name}", field_type)
    ]
