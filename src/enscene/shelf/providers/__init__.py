"""Core systems behind the shelf: the sandbox core bank, which is this ledger, and others that are
spoken to in ISO 20022 files."""

from enscene.shelf.providers.bind_product import bind_product
from enscene.shelf.providers.send_orders import Sent, send_orders
from enscene.shelf.providers.take_answers import Taken, take_answers

__all__ = ["Sent", "Taken", "bind_product", "send_orders", "take_answers"]
