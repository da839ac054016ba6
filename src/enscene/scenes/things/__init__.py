"""Things of a scene on the write path: created, read and changed by version."""

from enscene.scenes.things.kind import ThingExists, Things, Vault
from enscene.scenes.things.thing import Key, Thing

__all__ = ["Key", "Thing", "ThingExists", "Things", "Vault"]
