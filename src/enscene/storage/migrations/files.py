"""Read migrations from a folder."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_PARTS = re.compile(r"^-- up[ \t]*$(?P<up>.*)^-- down[ \t]*$(?P<down>.*)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Migration:
    """One numbered step of the schema, forward (`up`) and back (`down`)."""

    number: int
    name: str
    up: str
    down: str

    @property
    def checksum(self) -> str:
        """Fingerprint of the forward part."""
        return hashlib.sha256(self.up.encode()).hexdigest()


def read_migrations(folder: Path = FOLDER) -> list[Migration]:
    """Return the migrations of a folder in order.

    A misnamed file, a missing part or a gap in the numbers is a mistake of ours: it asserts.
    """
    migrations = []
    for path in sorted(folder.glob("*.sql")):
        name = _NAME.fullmatch(path.name)
        assert name, f"{path.name}: a migration is named 0001_some_words.sql"
        parts = _PARTS.search(path.read_text())
        assert parts, f"{path.name}: needs the lines '-- up' and '-- down'"
        migrations.append(Migration(int(name[1]), name[2], parts["up"], parts["down"]))
    numbers = [migration.number for migration in migrations]
    assert numbers == list(range(1, len(numbers) + 1)), f"{folder}: numbers have a gap: {numbers}"
    return migrations
