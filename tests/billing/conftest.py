"""The world of the API's tests is billed here."""

from api.conftest import canteen_pack, world

__all__ = ["canteen_pack", "world"]
