"""Files that people write: read with the place of every word, mistakes collected."""

from enscene.kernel.documents.mistakes import Mistakes
from enscene.kernel.documents.nodes import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_NODES,
    Map,
    Node,
    Scalar,
    Seq,
    join,
    read_yaml,
)
from enscene.kernel.documents.written import Mistake, Position

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_NODES",
    "Map",
    "Mistake",
    "Mistakes",
    "Node",
    "Position",
    "Scalar",
    "Seq",
    "join",
    "read_yaml",
]
