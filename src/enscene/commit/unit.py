"""A commit unit: what one call wants, judged and written as a whole or not at all."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from enscene.commit.view import View

Cell = tuple[str, Hashable]
"""What a unit looks at: the name of a kind, and a key in it."""


class NotRead(Exception):
    """A plan looked at a cell that its unit did not name: its caller has to name them anew."""


class Once(NamedTuple):
    """Idempotency of a unit: the digest of its key's scope and the fingerprint of its request.

    Both are 32 hexadecimal digits. The same digest with the same fingerprint is answered with
    the first answer; with another fingerprint it is a conflict.
    """

    digest: str
    fingerprint: str

    @classmethod
    def of(cls, *scope: str, request: bytes) -> Once:
        """From the scope (app, operation, key, and in bulk the line) and the request's bytes."""
        # A length before each part keeps ("a", "bc") apart from ("ab", "c").
        joined = "".join([f"{len(part)}:{part}" for part in scope])
        return cls(
            blake2b(joined.encode(), digest_size=16).hexdigest(),
            blake2b(request, digest_size=16).hexdigest(),
        )


class Report(NamedTuple):
    """What a committed unit tells: the row of the event log, and the answer to its caller.

    `facts` and `answer` are JSON texts. `log` is false for units that only keep the house (their
    number is then a gap in the log).
    """

    scene: int
    action: str
    subject: str
    actor: str
    facts: str
    answer: str
    log: bool = True


class Answer(NamedTuple):
    """The outcome of a unit: the JSON text for its caller, and whether a rule refused.

    `replayed` is true when this is the stored answer of an earlier unit with the same key.
    """

    body: str
    refused: bool = False
    replayed: bool = False


class Unit(Protocol):
    """What the writer asks of a unit."""

    @property
    def tenant(self) -> int: ...

    @property
    def once(self) -> Once | None: ...

    @property
    def timed(self) -> bool:
        """Whether its plan depends on the very time: it is then always judged under the lock."""
        ...

    @property
    def lines(self) -> Sequence[Unit]:
        """The units that this one consists of, all or none; () for one that stands alone.

        Only a standalone unit is planned and reported itself; the answer of the whole is the
        JSON array of its lines' answers.
        """
        ...

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        """Every cell that `plan` may look at when it is planned at the tenant's time `now`.

        What it will create belongs to them on the exact path; the optimistic one takes for
        granted that it is not there.
        """
        ...

    def plan(self, view: View) -> None:
        """Make the changes in `view`, or raise. Called again whenever it is judged again.

        Raises: Refused (stored as the answer), any other EnsceneError (not stored).
        """
        ...

    def report(self, seq: int, at: datetime) -> Report:
        """Told after the last `plan`, when the number and the time are known; told again where
        they turn out to be others."""
        ...
