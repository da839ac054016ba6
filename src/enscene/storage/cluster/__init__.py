"""A PostgreSQL server of our own: found, laid out, started, watched over, stopped."""

from enscene.storage.cluster.binaries import Binaries, find_binaries
from enscene.storage.cluster.server import Cluster

__all__ = ["Binaries", "Cluster", "find_binaries"]
