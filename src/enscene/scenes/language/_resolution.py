"""Who is meant: how the party of each role is found for each actor of an action."""

from __future__ import annotations

from collections.abc import Iterable

from enscene.kernel.said import Said, say
from enscene.scenes.language._draft import Draft, Need
from enscene.scenes.language._grammar_scene import CLOCK
from enscene.scenes.language.model import Place, Position, Way


def resolve(draft: Draft, need: Need) -> dict[str, dict[str, Way]]:
    """Ways by actor and role; a role that is not found, or found twice, is a mistake."""
    found: dict[str, dict[str, Way]] = {}
    for actor in need.by:
        ways = _Ways(draft, need, actor)
        for role in _own(draft, actor):
            ways.find(role)
        for role, at in need.roles.items():
            if not ways.find(role) and (need.name, actor) not in draft.never_done:
                ways.tell(role, at)
        found[actor] = ways.found
    return found


def _own(draft: Draft, actor: str) -> Iterable[str]:
    """The roles for which the actor must act on its own things only."""
    party = draft.parties.get(actor)
    if party is not None:
        yield actor
        if party.bound_to in draft.parties:
            yield party.bound_to


class _Ways:
    def __init__(self, draft: Draft, need: Need, actor: str) -> None:
        self.draft = draft
        self.need = need
        self.actor = actor
        self.found: dict[str, Way] = {}
        self.trying: list[str] = []
        self.ambiguous: dict[str, list[str | Said]] = {}

    def find(self, role: str) -> bool:
        """Find the role's party, from the nearest to the farthest place."""
        if role in self.found:
            return True
        if role in self.trying or role not in self.draft.parties:
            return False
        self.trying.append(role)
        places = [*self._acting(role), *self._input(role), *self._things(role)]
        links = self._links(role)
        if not places and self.draft.parties[role].one:
            places, links = [Place("one", role)], []
        if not places and len(links) == 1:
            places, links = links, []
        elif not places and len(links) > 1:
            self.ambiguous[role] = [say("link `{link}`", link=place.name) for place in links]
        self.trying.pop()
        if not places:
            return False
        self.found[role] = Way(role, places[0], (*places[1:], *links))
        return True

    def _acting(self, role: str) -> list[Place]:
        if self.actor == role:
            return [Place("actor")]
        if self.actor == CLOCK and self.need.timed_role == role:
            return [Place("timer")]
        party = self.draft.parties.get(self.actor)
        if party is not None and party.bound_to == role:
            return [Place("bound")]
        return []

    def _input(self, role: str) -> list[Place]:
        fields = [
            item
            for item in self.need.input.values()
            if item.type.name == "party" and item.type.role == role
        ]
        named = next((item for item in fields if item.name == role), None)
        if named is not None and (not named.optional or self._acting(role)):
            return [Place("input", role)]
        if self.actor == role:
            return []  # another party of the actor's own role, such as a friend
        sure = [item for item in fields if not item.optional]
        if len(sure) > 1:
            self.ambiguous[role] = [f"input.{item.name}" for item in sure]
            return []
        return [Place("input", item.name) for item in sure]

    def _things(self, role: str) -> list[Place]:
        places: list[Place] = []
        aliases = [(self.need.on.thing, self.need.on.thing)] if self.need.on else []
        aliases += [(read.alias, read.thing) for read in self.need.reads.values()]
        for alias, name in aliases:
            thing = self.draft.things.get(name)
            read = self.need.reads.get(alias)
            if thing is None or (read is not None and read.optional):
                continue
            fields = [
                item
                for item in thing.fields.values()
                if item.type.name == "party" and item.type.role == role and not item.optional
            ]
            named = [item for item in fields if item.name == role]
            if named or len(fields) == 1:
                places.append(Place("thing", alias, (named or fields)[0].name))
            elif fields:
                self.ambiguous[role] = [f"{alias}.{item.name}" for item in fields]
        return places

    def _links(self, role: str) -> list[Place]:
        return [
            Place("link", link.name, link.source)
            for link in self.draft.links.values()
            if link.target == role and link.source != role and self.find(link.source)
        ]

    def tell(self, role: str, at: Position) -> None:
        """Say that a role is not found, or found in several ways."""
        action, path = self.need.name, f"actions.{self.need.name}"
        who = say("when `{actor}` does `{action}`", actor=self.actor, action=action)
        if role in self.ambiguous:
            ways = tuple(self.ambiguous[role])
            self.draft.mistakes.add(
                at,
                "ambiguous_party",
                say(
                    "which `{role}` is meant {who}? {ways} name one each",
                    role=role,
                    who=who,
                    ways=ways,
                ),
                say("name one of them `{role}`, or say `of:` in the flow", role=role),
                path,
            )
            return
        hint = say(
            "add an input `{role}: party`, a field `{role}: party` of the thing, or a link to `{role}` from a party that takes part",
            role=role,
        )
        message = say("no `{role}` is known {who}", role=role, who=who)
        self.draft.mistakes.add(at, "missing_party", message, hint, path)
