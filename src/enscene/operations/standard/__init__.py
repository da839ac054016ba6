"""The technical standard of all scenes: who deviates from it since when, and on what all run."""

from enscene.operations.standard.check_standard import (
    DEVIATIONS,
    Deviation,
    Standard,
    Used,
    check_standard,
)

__all__ = ["DEVIATIONS", "Deviation", "Standard", "Used", "check_standard"]
