"""A town whose people need things, and are moved by what a bank says as far as a file of truth says.

Whoever plays the bank sees what people do and buy, never why.
"""

from enscene.simulator.needs.check_contacts import Said, Words, check_contacts, read_words
from enscene.simulator.needs.town import Act, Bought, Person, Town
from enscene.simulator.needs.truth import Truth, read_truth

__all__ = [
    "Act",
    "Bought",
    "Person",
    "Said",
    "Town",
    "Truth",
    "Words",
    "check_contacts",
    "read_truth",
    "read_words",
]
