"""What an action is billed by: the API call that it is, and the meters of its pack."""

from __future__ import annotations

from typing import Any

from enscene.blocks import Frame
from enscene.metering import WRITES
from enscene.scenes.language.model import Action, Pack
from enscene.scenes.runtime._workshop import value_of

SYSTEM = frozenset({"clock", "trigger"})


class ActionMeters:
    """The meters of one action. Those of a pack are called `pack.meter`.

    A sum that comes to nothing, or to less, is a reading of 0: a meter never runs back.
    """

    def __init__(self, pack: Pack, model: Action) -> None:
        own = [meter for meter in pack.meters.values() if meter.action == model.name]
        self._sums: list[tuple[Any, str | None]] = []
        for meter in own:
            if meter.field is None:
                self._sums.append((None, None))
            elif meter.field in model.answer:
                self._sums.append((value_of(model.answer[meter.field]), None))
            else:
                self._sums.append((None, meter.field))
        names = [f"{pack.id}.{meter.name}" for meter in own]
        self._called = "{" + ",".join([WRITES, *names]) + "}"
        self._alone = "{" + ",".join(names) + "}"
        self._constant = all(value is None and field is None for value, field in self._sums)
        self._ones = ["1"] * len(own)

    def read(self, frame: Frame, *, called: bool) -> tuple[str, str] | None:
        """Names and quantities as array literals; `called`: it came over the API. None: nothing
        is counted."""
        if not called and not self._ones:
            return None
        found = self._ones if self._constant else self._quantities(frame)
        if called:
            return self._called, "{" + ",".join(["1", *found]) + "}"
        return self._alone, "{" + ",".join(found) + "}"

    def _quantities(self, frame: Frame) -> list[str]:
        quantities = []
        for value, field in self._sums:
            if value is not None:
                found = value(frame)
            elif field is not None:
                found = getattr(frame.input, field, None)
            else:
                found = 1
            quantities.append(str(max(int(found or 0), 0)))
        return quantities
