"""The scene language: packs read, checked and proved.

`load_pack(folder)` gives a `Pack` or the mistakes that keep it from being one; `configure(pack,
...)` gives it as a tenant has it.
"""

from enscene.scenes.language.load import (
    AddedStep,
    Configuration,
    configure,
    load_pack,
    load_pack_files,
)
from enscene.scenes.language.model import LoadResult, Mistake, Pack, Position

__all__ = [
    "AddedStep",
    "Configuration",
    "LoadResult",
    "Mistake",
    "Pack",
    "Position",
    "configure",
    "load_pack",
    "load_pack_files",
]
