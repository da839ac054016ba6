"""The write path: units, group commit, idempotency, the event log. It knows no ledger."""

from enscene.commit.append import Appends
from enscene.commit.batch import Batch, Refusal, Stale
from enscene.commit.kind import Cells, Kind, Kinds, Stamp, Work
from enscene.commit.script import Script
from enscene.commit.store import admit, append_events, lock_shard, offsets_of
from enscene.commit.unit import Answer, Cell, NotRead, Once, Report, Unit
from enscene.commit.view import View
from enscene.commit.writer import Writer

__all__ = [
    "Answer",
    "Appends",
    "Batch",
    "Cell",
    "Cells",
    "Kind",
    "Kinds",
    "NotRead",
    "Once",
    "Refusal",
    "Report",
    "Script",
    "Stale",
    "Stamp",
    "Unit",
    "View",
    "Work",
    "Writer",
    "admit",
    "append_events",
    "lock_shard",
    "offsets_of",
]
