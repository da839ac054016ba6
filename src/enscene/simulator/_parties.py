"""Who is meant: the parties of a request, found as the scene language says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enscene.simulator.book import Book, role_of, step_of
from enscene.simulator.request import FORBIDDEN, NOT_FOUND, Request, Said
from enscene.simulator.world import Member, Thing, World

SYSTEM = ("clock", "trigger")


class Parties:
    """The parties of one request by role. Raises Said where nobody, or somebody else, is meant."""

    def __init__(
        self, book: Book, world: World, request: Request, things: Mapping[str, Thing | None]
    ) -> None:
        self._book = book
        self._world = world
        self._request = request
        self._things = things
        self._found: dict[str, str] = {}
        self._finding: set[str] = set()

    def check(self) -> None:
        """The actor may do this, on what is its own, and everybody who is needed is known."""
        request, book = self._request, self._book
        by = book.actions[request.action]["by"]
        by = by if isinstance(by, list) else [by]
        if request.role not in SYSTEM:
            member = self._world.members.get(request.party or "")
            if member is None:
                raise Said(FORBIDDEN, "scene.not_enrolled")
            if request.role not in member.roles or request.role not in by:
                raise Said(FORBIDDEN, "scene.role")
            self.of(request.role)
            bound = book.parties[request.role].get("bound_to")
            if bound is not None:
                self.of(bound)
        for role in needed_roles(book, request.action):
            self.of(role)

    def get(self, role: str) -> str | None:
        """For expressions: `parties.diner`."""
        return self.of(role)

    def knows(self, role: str) -> bool:
        """Whether the role was found for what the action does."""
        return role in self._found

    def of(self, role: str) -> str:
        """The party of a role."""
        if role in self._found:
            return self._found[role]
        self._finding.add(role)
        places = self._places(role)
        self._finding.discard(role)
        if not places:
            raise Said(NOT_FOUND, "scene.no_party")
        first = places[0]
        member = self._member(first)
        if role not in member.roles:
            raise Said(NOT_FOUND, "scene.not_in_role")
        for other in places[1:]:
            if other is not None and self._member(other).ref != first:
                raise Said(FORBIDDEN, "scene.not_own")
        assert first is not None
        self._found[role] = first
        return first

    def _member(self, ref: str | None) -> Member:
        if ref is None:
            raise Said(NOT_FOUND, "scene.no_party")
        member = self._world.members.get(ref)
        if member is None:
            raise Said(NOT_FOUND, "party.not_found")
        return member

    def _places(self, role: str) -> list[str | None]:
        """Who is named as the role, by the nearest place first; None: a place left empty."""
        request, book = self._request, self._book
        places: list[str | None] = []
        actor = self._world.members.get(request.party or "")
        if request.role == role or (
            request.role == "clock" and actor is not None and role in actor.roles
        ):
            places.append(request.party)
        elif actor is not None and book.parties.get(request.role, {}).get("bound_to") == role:
            places.append(actor.roles.get(request.role))
        places += self._in_input(role, bool(places))
        places += self._in_things(role)
        if not places and self._is_one(role):
            return [self._one(role)]
        if all(place is None for place in places):
            places = [place for place in places if place is not None]
        links = [
            self._member(self.of(said["from"])).links.get(name)
            for name, said in book.links.items()
            if said["to"] == role and said["from"] not in self._finding and self._can(said["from"])
        ]
        return places + links

    def _can(self, role: str) -> bool:
        try:
            self.of(role)
        except Said as said:
            if said.status != NOT_FOUND or said.code != "scene.no_party":
                raise
            return False
        return True

    def _in_input(self, role: str, acting: bool) -> list[str | None]:
        request = self._request
        fields = {
            name: said
            for name, said in self._book.input_of(request.action).items()
            if role_of(name, said) == role
        }
        if role in fields:
            optional = fields[role].get("optional") == "true"
            return [request.given.get(role)] if not optional or acting else []
        if request.role == role:
            return []
        sure = [name for name, said in fields.items() if said.get("optional") != "true"]
        return [request.given.get(name) for name in sure[:1]]

    def _in_things(self, role: str) -> list[str | None]:
        places: list[str | None] = []
        on = self._book.on(self._request.action)
        aliases = {on[0]: on[0]} if on else {}
        for alias, thing in aliases.items():
            fields = [
                name
                for name, said in self._book.fields[thing].items()
                if role_of(name, said) == role and said.get("optional") != "true"
            ]
            named = role if role in fields else (fields[0] if len(fields) == 1 else None)
            found = self._things.get(alias)
            if named is not None and found is not None:
                places.append(found.fields.get(named))
        places += self._in_read(role)
        return places

    def _in_read(self, role: str) -> list[str | None]:
        places: list[str | None] = []
        for read in self._book.actions[self._request.action].get("read", {}).values():
            if read.get("optional") == "true" or not str(read["key"]).startswith("input."):
                continue
            key = self._request.given.get(str(read["key"]).removeprefix("input."))
            found = self._world.things.get((read["thing"], str(key)))
            said = self._book.fields[read["thing"]].get(role)
            if found is not None and said is not None and role_of(role, said) == role:
                places.append(found.fields.get(role))
        return places

    def _is_one(self, role: str) -> bool:
        said: Mapping[str, Any] = self._book.parties[role]
        return said.get("one") == "true" or said["is"] == "bank"

    def _one(self, role: str) -> str | None:
        for member in self._world.members.values():
            if role in member.roles:
                return member.ref
        return None


def needed_roles(book: Book, action: str) -> list[str]:
    """The roles that an action's flows, limits, notices and new thing speak of."""
    said = book.actions[action]
    roles: list[str] = []
    for step in said.get("do", ()):
        block, given = step_of(step)
        if "flow" in given and block in ("move", "hold", "claim"):
            flow = book.flows[given["flow"]]
            for side in ("from", "to"):
                for leg in flow[side] if isinstance(flow[side], list) else [flow[side]]:
                    leg = leg if isinstance(leg, dict) else {"account": leg}
                    if "of" not in leg:
                        roles.append(book.accounts[leg["account"]]["of"])
        if "counter" in given and block == "limit":
            roles.append(book.counters[given["counter"]]["of"])
        if "account" in given:
            roles.append(book.accounts[given["account"]]["of"])
        if "borne_by" in given:
            roles.append(book.accounts[given["borne_by"]]["of"])
        roles += [given[name] for name in ("who", "for") if name in given]
    created = said.get("creates")
    if created is not None:
        thing = created.partition(".")[0] if isinstance(created, str) else created["thing"]
        roles += [
            name
            for name, field in book.fields[thing].items()
            if role_of(name, field) == name and field.get("optional") != "true"
        ]
    return list(dict.fromkeys(roles))
