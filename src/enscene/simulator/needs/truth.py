"""The file of what is true of a town's people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import yaml
from msgspec import Meta, Struct

from enscene.kernel.errors import Invalid

Count = Annotated[int, Meta(ge=0)]
Chance = Annotated[float, Meta(ge=0, le=1)]
PEOPLE_MOST = 1_000_000


class Kind(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody is, unseen: how common, how old, and the chance a day of each act."""

    share: Annotated[int, Meta(ge=1)]
    age: tuple[Count, Count]
    acts: Mapping[str, Chance]


class Truth(Struct, frozen=True, forbid_unknown_fields=True):
    """`hours` and `amounts` (minor units, from and to) are by act; `buys` are purchases without a
    word among 10,000 people a day, `moved` those among 1,000 offers by kind and product; `suits` and
    `tired` are hundredths; `earns` is in minor units."""

    people: Annotated[int, Meta(ge=1, le=PEOPLE_MOST)]
    kinds: Mapping[str, Kind]
    hours: Mapping[str, tuple[Annotated[int, Meta(ge=0, le=23)], ...]]
    amounts: Mapping[str, tuple[Count, Count]]
    buys: Mapping[str, Annotated[int, Meta(ge=0, le=10_000)]]
    moved: Mapping[str, Mapping[str, Annotated[int, Meta(ge=0, le=1_000)]]]
    suits: Mapping[str, Mapping[str, Count]]
    tired: Annotated[int, Meta(ge=0, le=100)]
    earns: Mapping[str, Count]

    @property
    def moves(self) -> bool:
        """Whether anybody is moved by anything that is said."""
        return any(chance for by in self.moved.values() for chance in by.values())

    def faults(self) -> list[str]:
        """What does not hang together."""
        acts = {act for kind in self.kinds.values() for act in kind.acts}
        found = [f"hours: nothing of {act}" for act in sorted(acts) if not self.hours.get(act)]
        found += [f"amounts: nothing of {act}" for act in sorted(acts - set(self.amounts))]
        found += [f"moved: nothing of {kind}" for kind in sorted(set(self.kinds) - set(self.moved))]
        sold = {product for moved in self.moved.values() for product in moved} | set(self.buys)
        found += [f"earns: nothing of {product}" for product in sorted(sold - set(self.earns))]
        ranges = {f"kinds.{name}.age": kind.age for name, kind in self.kinds.items()}
        ranges |= {f"amounts.{name}": pair for name, pair in self.amounts.items()}
        found += [
            f"{name}: from more than to" for name, pair in ranges.items() if pair[0] > pair[1]
        ]
        return found


def read_truth(path: Path) -> Truth:
    """Raises: Invalid, with the file and where in it."""
    try:
        truth = msgspec.convert(yaml.safe_load(path.read_text("utf-8")), Truth)
    except OSError:
        raise Invalid(f"{path} cannot be read", code="truth.file", param="truth") from None
    except (yaml.YAMLError, UnicodeDecodeError, msgspec.ValidationError) as fault:
        raise Invalid(f"{path}: {fault}", code="truth.file", param="truth") from None
    if faults := truth.faults():
        raise Invalid(f"{path}: {'; '.join(faults)}", code="truth.file", param="truth")
    return truth
