"""Plain SQL files, numbered, applied once and in order, each in its own transaction.

A file `0002_add_things.sql` has two parts, opened by the lines `-- up` and `-- down`. What was
applied is recorded in the table `migration` with a checksum: a file that changed afterwards, or
a database that a newer program has migrated, is refused instead of guessed at.
"""

from enscene.storage.migrations.files import FOLDER, Migration, read_migrations
from enscene.storage.migrations.runner import applied_count, is_current, migrate, pending, roll_back

__all__ = [
    "FOLDER",
    "Migration",
    "applied_count",
    "is_current",
    "migrate",
    "pending",
    "read_migrations",
    "roll_back",
]
