"""The write path: units, group commit, idempotency, the event log. It knows no ledger."""

from enscene.commit.batch import Batch, Refusal, Stale
from enscene.commit.kind import Cells, Kind, Kinds, Stamp, Work
from enscene.commit.store import admit, append_events, offsets_of
from enscene.commit.unit import Answer, Cell, Once, Report, Unit
from enscene.commit.view import View
from enscene.commit.writer import Writer

__all__ = [
    "Answer",
    "Batch",
    "Cell",
    "Cells",
    "Kind",
    "Kinds",
    "Once",
    "Refusal",
    "Report",
    "Stale",
    "Stamp",
    "Unit",
    "View",
    "Work",
    "Writer",
    "admit",
    "append_events",
    "offsets_of",
]
