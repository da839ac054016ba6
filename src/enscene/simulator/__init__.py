"""The simulator: people live their days through the public API, and a model of its own says what
must come back.

It imports nothing of the product but the kernel: it knows a scene by the texts of its pack, the
product by HTTP and MQTT alone.
"""

from enscene.simulator.book import Book, read_book
from enscene.simulator.city import City, Plan, Progress, State, Terminals
from enscene.simulator.client import App, Credentials, Message
from enscene.simulator.people import opening_balances, scaled, settle_in
from enscene.simulator.request import Answer, Surprise
from enscene.simulator.shelf_book import Shelf, read_shelf
from enscene.simulator.tally import Tally
from enscene.simulator.terminals import Login, mqtt_terminals
from enscene.simulator.wire import Wire
from enscene.simulator.wrong import ACT_FOR_THEMSELVES

__all__ = [
    "ACT_FOR_THEMSELVES",
    "Answer",
    "App",
    "Book",
    "City",
    "Credentials",
    "Login",
    "Message",
    "Plan",
    "Progress",
    "Shelf",
    "State",
    "Surprise",
    "Tally",
    "Terminals",
    "Wire",
    "mqtt_terminals",
    "opening_balances",
    "read_book",
    "read_shelf",
    "scaled",
    "settle_in",
]
