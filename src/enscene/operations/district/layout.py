"""What of a pack makes its scenes a district: told from the shape of its things, whatever they are
called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from enscene.engagement.circles.feed import EAST, FROM_CARDS, NORTH, TO_SHOPS
from enscene.scenes.language import Pack
from enscene.scenes.language.model import Action, Flow, Thing

OFFER = frozenset({NORTH, EAST, "title", "worth", "starts", "until", "left"})
_PLACE = frozenset({NORTH, EAST, "title", "category"})
_BY_ITSELF = frozenset({"clock", "trigger"})


@dataclass(frozen=True, slots=True)
class Layout:
    """`place` is the thing that a merchant has at a place, `owner` its field that names the merchant;
    its key is the field by which other things say where they belong. `offers` are what is to be had
    there, `acts` what people do there that moves money, `pays` the flows by which a card pays."""

    place: Thing
    owner: str
    offers: tuple[Thing, ...]
    acts: tuple[Action, ...]
    pays: tuple[str, ...]

    @property
    def categories(self) -> tuple[str, ...]:
        """All there are, in the order of the pack."""
        return self.place.fields["category"].type.choices

    def open_states(self, thing: Thing) -> list[str]:
        """The states in which a thing still stands."""
        return [name for name, state in thing.states.items() if not state.ends]


def layout_of(pack: Pack) -> Layout | None:
    """None for a pack whose scenes have no places."""
    for thing in pack.things.values():
        fields = thing.fields
        if not fields.keys() >= _PLACE or not fields["category"].type.choices:
            continue
        owner = next((name for name, field in fields.items() if field.type.name == "party"), None)
        if owner is None:
            continue
        held = {each.name for each in pack.things.values() if thing.key in each.fields}
        offers = tuple(each for each in pack.things.values()
                       if each.name in held and each.fields.keys() >= OFFER)  # fmt: skip
        acts = tuple(each for each in pack.actions.values() if _happens(each, held))
        return Layout(thing, owner, offers, acts, tuple(_pays(pack)))
    return None


def _happens(action: Action, held: Iterable[str]) -> bool:
    about = {action.on.thing} if action.on is not None else set()
    about |= {action.creates.thing} if action.creates is not None else set()
    moves = bool(action.flows) and not action.query
    return moves and bool(about.intersection(held)) and not _BY_ITSELF.issuperset(action.by)


def _pays(pack: Pack) -> Iterable[str]:
    for flow in pack.flows.values():
        if _roles(pack, flow, FROM_CARDS, TO_SHOPS):
            yield flow.name


def _roles(pack: Pack, flow: Flow, sources: tuple[str, ...], targets: tuple[str, ...]) -> bool:
    accounts = pack.accounts
    return any(accounts[each.account].role in sources for each in flow.sources) and any(
        accounts[each.account].role in targets for each in flow.targets
    )
