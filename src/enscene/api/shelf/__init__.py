"""The shelf over HTTP: products, quotes, prices, a tenant's own choice, gaps."""

from enscene.api.shelf.serve import ShelfDoor

__all__ = ["ShelfDoor"]
