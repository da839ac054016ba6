"""Open the database: the server of our own, or the one that ENSCENE_DATABASE_URL names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from enscene.storage.cluster import Cluster
from enscene.storage.database import Database
from enscene.storage.external import open_external


@dataclass
class OpenDatabase:
    """A database in use; leaving the `with` block stops a server of our own if we were last."""

    database: Database
    cluster: Cluster | None = None

    @property
    def is_external(self) -> bool:
        """True for a server that others run: demo logins and movable clocks are refused there."""
        return self.cluster is None

    def close(self) -> None:
        """Stop using the database."""
        if self.cluster is not None:
            self.cluster.release()

    def __enter__(self) -> OpenDatabase:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_database(home: Path) -> OpenDatabase:
    """Return a ready database; start our own server when no other is named.

    Raises: StorageFault when it cannot be used.
    """
    url = os.environ.get("ENSCENE_DATABASE_URL")
    if url:
        return OpenDatabase(open_external(url, home))
    cluster = Cluster(home)
    return OpenDatabase(cluster.start(), cluster)
