"""What is known of a customer at a moment."""

from __future__ import annotations

from dataclasses import dataclass

from enscene.engagement.decisions.contacts import Contacts


@dataclass(frozen=True, slots=True)
class Standing:
    """`key` names the customer in lots, and nowhere else. `granted`: recommendations are allowed;
    `served`: there was service in this scene before; `holds`: the shelf's products that are open;
    `features`: what the model weighs, the first is 1.0; `zone`: the customer's own, if known."""

    key: str
    granted: bool
    served: bool
    holds: frozenset[str] = frozenset()
    do_not_call: bool = False
    features: tuple[float, ...] = (1.0,)
    contacts: Contacts | None = None
    zone: str | None = None
