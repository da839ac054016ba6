"""Who is held out, by a lot that is the same every time it is drawn."""

from __future__ import annotations

from hashlib import blake2b

EVERYWHERE = ""
"""The name of the lot of those who are offered nothing at all; no campaign is called so."""


def holdout_of(salt: str, name: str, customer: str) -> int:
    """Where a customer stands in a lot, 0 to 999: held out are those below so many in a thousand.

    Lots of different names are independent of one another. As long as the salt stays everybody stays
    where they are, also when more or fewer are held out.
    """
    text = "\0".join((salt, name, customer)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") % 1_000
