"""Bringing parties into a scene: enrolment, links, consents."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from enscene.api import store
from enscene.api.actions import key_of, response_of
from enscene.api.auth import Access, Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.once import perform_once
from enscene.api.sight import Viewer, viewer_of
from enscene.api.structs import convert
from enscene.api.things import owner_ref
from enscene.commit import Once
from enscene.customers import Enrolment
from enscene.engagement import say_consent
from enscene.kernel.errors import Forbidden, Invalid, NotFound
from enscene.scenes.administer import enrol, link
from enscene.scenes.runtime import RunningScene, SceneHost

SCOPE = "parties.write"
BY_PARTNERS = frozenset({"person", "device"})
"""Kinds of parties that a partner may enrol; the bank enrols all."""

Name = Annotated[str, Meta(max_length=200)]
Ref = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
Word = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class PartyOrder(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """`PUT /v1/{scene}/parties/{ref}`. `bound_to` is the party a device serves."""

    role: Word
    name: Name = ""
    bound_to: Ref | None = None


class LinkOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`PUT /v1/{scene}/links/{link}/{from}`."""

    to: Ref


class ConsentOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`PUT /v1/{scene}/consents/{party}/{item}`."""

    granted: bool


class Parties:
    """The three writes; each is done once for its Idempotency-Key."""

    def __init__(self, host: SceneHost, pool: store.Pool, access: Access) -> None:
        self._host = host
        self._pool = pool
        self._access = access

    async def serve(self, request: Request, caller: Caller, ref: str, rest: list[str]) -> Response:
        """Enrol a party in a role; its accounts are opened."""
        scene, viewer, body = await self._begin(request, caller, ref, rest, 1)
        party = owner_ref(rest[0])
        order = convert(body, PartyOrder)
        role = scene.pack.parties.get(order.role)
        if role is None:
            raise Invalid(
                f"the scene has no role {order.role}",
                code="scene.no_role",
                param="role",
                hint=f"it has {', '.join(scene.pack.parties)}",
            )
        if not viewer.sees_all:
            is_own = order.bound_to == viewer.member.ref
            if role.is_a not in BY_PARTNERS or (role.is_a == "device" and not is_own):
                raise Forbidden(
                    "a partner enrols persons, and devices bound to itself", code="party.not_own"
                )
        enrolment = Enrolment(party, order.role, role.is_a, order.name, order.bound_to)

        async def work(connection: store.Connection) -> str:
            actor = f"app:{caller.app.name}"
            await enrol(connection, scene.tenant, scene.id, scene.pack, [enrolment], actor)
            told = {"party": party, "role": order.role, "bound_to": order.bound_to}
            return msgspec.json.encode(told).decode()

        response = await self._once(request, caller, scene, "parties", body, work)
        scene.roster.drop([party])
        return response

    async def serve_link(
        self, request: Request, caller: Caller, ref: str, rest: list[str]
    ) -> Response:
        """Link a party to another, as `works_for` links a diner to its sponsor."""
        scene, viewer, body = await self._begin(request, caller, ref, rest, 2)
        name, source = rest[0], owner_ref(rest[1])
        if name not in scene.pack.links:
            raise NotFound("the scene has no such link", code="scene.no_link")
        target = convert(body, LinkOrder).to
        if not viewer.sees_all and viewer.member.ref not in (source, target):
            raise Forbidden("a partner links parties with itself", code="party.not_own")
        declared = scene.pack.links[name]
        for party, role in ((source, declared.source), (target, declared.target)):
            member = await scene.roster.find(party)
            if member is None or role not in member.roles:
                raise NotFound(
                    f"{party} is no {role} of the scene", code="scene.not_in_role", param="to"
                )

        async def work(connection: store.Connection) -> str:
            actor = f"app:{caller.app.name}"
            await link(
                connection, scene.tenant, scene.id, scene.pack, name, [(source, target)], actor
            )
            return msgspec.json.encode({"link": name, "from": source, "to": target}).decode()

        response = await self._once(request, caller, scene, "links", body, work)
        scene.roster.drop([source])
        return response

    async def serve_consent(
        self, request: Request, caller: Caller, ref: str, rest: list[str]
    ) -> Response:
        """Keep what a party agreed to, or no longer does: only by itself."""
        scene, viewer, body = await self._begin(request, caller, ref, rest, 2)
        party, item = owner_ref(rest[0]), rest[1]
        if party != viewer.member.ref:
            raise Forbidden("a party gives and withdraws its own consent", code="party.not_own")
        items = {item for role in viewer.roles for item in scene.pack.parties[role].consent}
        if item not in items:
            raise NotFound("the scene asks for no such consent", code="scene.no_consent")
        granted = convert(body, ConsentOrder).granted

        async def work(connection: store.Connection) -> str:
            await say_consent(connection, scene.tenant, scene.id, party, item, granted=granted)
            return msgspec.json.encode({"party": party, "item": item, "granted": granted}).decode()

        return await self._once(request, caller, scene, "consents", body, work)

    async def _begin(
        self, request: Request, caller: Caller, ref: str, rest: list[str], words: int
    ) -> tuple[RunningScene, Viewer, bytes]:
        if len(rest) != words:
            raise not_found()
        if request.method != "PUT":
            raise wrong_method("PUT")
        caller.require(ref, SCOPE)
        key_of(request)
        body = await request.json_body()
        scene = await self._host.scene(caller.tenant, ref)
        return scene, await viewer_of(self._access, request, caller, scene, SCOPE), body

    async def _once(
        self, request: Request, caller: Caller, scene: RunningScene, what: str, body: bytes,
        work: Any,
    ) -> Response:  # fmt: skip
        once = Once.of(
            caller.app.name,
            f"{scene.ref}/{what}",
            key_of(request),
            request="/".join(request.path).encode() + b"\n" + body,
        )
        reply = await perform_once(self._pool, scene.tenant, scene.shard, once, work)
        return response_of(reply, request.id)
