"""Asking in one's own words: what somebody types is led to a service of the scene, or to a person.

`ask` leads, `ask_for_person` has somebody call back. `Recogniser` learns from what a pack says of
its actions; `features_of` is what it looks at.
"""

from enscene.engagement.asking.ask import ask, ask_for_person, services_of
from enscene.engagement.asking.features import LONGEST, features_of
from enscene.engagement.asking.recognise import PERSON, Answer, Led, Recogniser, recogniser_of

__all__ = [
    "LONGEST",
    "PERSON",
    "Answer",
    "Led",
    "Recogniser",
    "ask",
    "ask_for_person",
    "features_of",
    "recogniser_of",
    "services_of",
]
