"""The catalogue of interfaces, their dated shapes, and what holds at the edge of every call."""

from enscene.api.catalogue.edge import Edge
from enscene.api.catalogue.routes import operation_of
from enscene.api.catalogue.serve import CatalogueDoor

__all__ = ["CatalogueDoor", "Edge", "operation_of"]
