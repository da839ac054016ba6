"""What is known of a customer by the log alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec

from enscene.customers.spectrum import GENERAL
from enscene.engagement.decisions import Contacts

SILENT = SimpleNamespace(preference=0, attitude=0)


class Awaited(msgspec.Struct, array_like=True):
    """An offer that was said, until it is known what came of it; `cost` is set aside for it.
    `learnt`: it counts as not taken until it is."""

    at_us: int
    campaign: str
    offer: str
    cost: int
    features: tuple[float, ...]
    learnt: bool = False


class Known(msgspec.Struct, array_like=True):
    """`holds` are open contracts by product; `denied` the scenes (0: all) in which recommendations
    are refused; `served` the packs in which something was done; `topics` the last that was told of
    the spectrum, (preference, attitude); `awaited` what no answer has come to; `told` when moments of
    packs last said something, microseconds, the oldest first; `tied_us` when a tie of theirs last
    changed, as of which `contacts` are those of all parties that they are."""

    contacts: Any = None
    holds: dict[str, int] = {}
    denied: list[int] = []
    served: list[str] = []
    topics: dict[str, tuple[int, int]] = {}
    awaited: list[Awaited] = []
    told: dict[str, list[int]] = {}
    tied_us: int = 0

    @classmethod
    def of(cls, kept: bytes) -> Known:
        """Of the bytes that the engine keeps; of none it is somebody of whom nothing is known."""
        return msgspec.msgpack.decode(kept, type=cls) if kept else cls()

    def to_bytes(self) -> bytes:
        """The same for the same things known."""
        self.denied.sort()
        self.served.sort()
        self.holds = {name: count for name, count in sorted(self.holds.items()) if count > 0}
        self.topics = dict(sorted(self.topics.items()))
        self.told = dict(sorted(self.told.items()))
        return b"" if self == Known() else msgspec.msgpack.encode(self)

    def read_contacts(self) -> Contacts | None:
        return None if self.contacts is None else Contacts.from_row(self.contacts)

    def roots(self) -> dict[str, Any]:
        """`customer` and `spectrum`, as expressions of campaigns name them."""
        topics = {
            topic: SimpleNamespace(preference=found[0], attitude=found[1])
            for topic, found in self.topics.items()
        }
        return {
            "customer": SimpleNamespace(products=tuple(self.holds), scenes=tuple(self.served)),
            "spectrum": SimpleNamespace(**{topic: topics.get(topic, SILENT) for topic in GENERAL}),
        }
