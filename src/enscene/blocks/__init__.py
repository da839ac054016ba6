"""The library of blocks: units of behaviour that packs use, one file each."""

from collections.abc import Mapping
from types import MappingProxyType

from enscene.blocks import (
    apply,
    balance,
    capture,
    claim,
    give_back,
    hold,
    identify,
    lend,
    limit,
    move,
    notify,
    open_case,
    owed,
    quote,
    rate,
    repay,
    reverse,
    schedule,
    statement,
    void,
)
from enscene.blocks._frame import Act, Args, Compile, Frame, Moves, Value, Workshop
from enscene.blocks._spec import ArgSpec, BlockSpec
from enscene.blocks.statement import StatementWish

_MODULES = (
    apply,
    balance,
    capture,
    claim,
    give_back,
    hold,
    identify,
    lend,
    limit,
    move,
    notify,
    open_case,
    owed,
    quote,
    rate,
    repay,
    reverse,
    schedule,
    statement,
    void,
)

LIBRARY: Mapping[str, BlockSpec] = MappingProxyType(
    {module.SPEC.name: module.SPEC for module in _MODULES}
)
COMPILERS: Mapping[str, Compile] = MappingProxyType(
    {module.SPEC.name: module.compile_step for module in _MODULES}
)

__all__ = [
    "COMPILERS",
    "LIBRARY",
    "Act",
    "ArgSpec",
    "Args",
    "BlockSpec",
    "Compile",
    "Frame",
    "Moves",
    "StatementWish",
    "Value",
    "Workshop",
]
