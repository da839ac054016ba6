"""Applications for products, in a scene, by the open API."""

from enscene.api.applications.serve import Applications

__all__ = ["Applications"]
