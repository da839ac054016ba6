"""The library of blocks: units of behaviour that packs use, one file each."""

from types import MappingProxyType

from enscene.blocks import (
    apply,
    balance,
    capture,
    claim,
    hold,
    identify,
    limit,
    move,
    notify,
    open_case,
    quote,
    rate,
    reverse,
    schedule,
    statement,
    void,
)
from enscene.blocks._spec import ArgSpec, BlockSpec

LIBRARY = MappingProxyType(
    {
        module.SPEC.name: module.SPEC
        for module in (
            apply,
            balance,
            capture,
            claim,
            hold,
            identify,
            limit,
            move,
            notify,
            open_case,
            quote,
            rate,
            reverse,
            schedule,
            statement,
            void,
        )
    }
)

__all__ = ["LIBRARY", "ArgSpec", "BlockSpec"]
