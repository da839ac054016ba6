"""Clauses and incidents over HTTP: a partner sees its own, confirms, notes and hands over; its live
application returns what was agreed."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from enscene.api.actions import key_of
from enscene.api.auth import Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.lists import answer, page
from enscene.api.partners.cooperation_told import incident_told, standing_told, taken_told
from enscene.api.store import Pool
from enscene.api.structs import convert
from enscene.kernel.clock import parse_day
from enscene.kernel.errors import Forbidden
from enscene.partners.clauses import (
    RECORDS_AT_ONCE,
    Given,
    clause_id,
    confirm_clause,
    get_standing,
    list_standings,
    take_return,
)
from enscene.partners.incidents import (
    close_incident,
    get_incident,
    hand_over,
    incident_id,
    list_incidents,
    note_incident,
    open_incident,
)
from enscene.partners.partner import Partner

OWNED = ("clauses", "incidents")
Text = Annotated[str, Meta(max_length=1_000)]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class Confirmation(msgspec.Struct, forbid_unknown_fields=True):
    """`…/clauses/{clause}/confirmations`: the check of that due day, and what shows it."""

    period: Day
    evidence: Text


class NewIncident(msgspec.Struct, forbid_unknown_fields=True):
    """`…/incidents`. `responsible` is the side that has to act."""

    title: Annotated[str, Meta(max_length=120)]
    severity: Literal["low", "middle", "high"]
    text: Text
    responsible: Literal["bank", "partner"] = "bank"


class Note(msgspec.Struct, forbid_unknown_fields=True):
    """`…/incidents/{incident}/notes`."""

    text: Text


class HandOver(msgspec.Struct, forbid_unknown_fields=True):
    """`…/incidents/{incident}/hand-over`."""

    to: Literal["bank", "partner"]
    text: Text


class End(msgspec.Struct, forbid_unknown_fields=True):
    """`…/incidents/{incident}/close`."""

    cause: Text


class Record(msgspec.Struct, forbid_unknown_fields=True):
    """One record of a return. What stands in `fields` is checked against what was agreed."""

    key: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
    fields: dict[str, str | int | bool | None]


class Return(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/returns/{clause}`."""

    period: Day
    records: Annotated[list[Record], Meta(min_length=1, max_length=RECORDS_AT_ONCE)]


class CooperationDoor:
    """One in a process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def serve(self, request: Request, partner: Partner, path: list[str]) -> Response:
        """Answer what stands below a partner's own address."""
        method = "GET" if request.method == "HEAD" else request.method
        match path, method:
            case ["clauses"], "GET":
                return await self._clauses(request, partner)
            case ["clauses"] | ["clauses", _], _ if method != "GET":
                raise wrong_method("GET")
            case ["clauses", clause], _:
                return await self._clause(request, partner, clause)
            case ["clauses", clause, "confirmations"], "POST":
                return await self._confirm(request, partner, clause)
            case ["incidents"], "GET":
                request.query()
                found = await list_incidents(self._pool, partner.tenant, partner.id)
                return page([incident_told(each) for each in found], None, has_more=False)
            case ["incidents"], "POST":
                return await self._open(request, partner)
            case ["incidents"], _:
                raise wrong_method("GET", "POST")
            case ["incidents", incident], "GET":
                request.query()
                key = incident_id(incident)
                one = await get_incident(self._pool, partner.tenant, partner.id, key)
                return answer(incident_told(one))
            case ["incidents", _], _:
                raise wrong_method("GET")
            case ["incidents", incident, "notes" | "hand-over" | "close" as act], "POST":
                return await self._handle(request, partner, incident, act)
            case ["clauses", _, "confirmations"], _:
                raise wrong_method("POST")
            case ["incidents", _, "notes" | "hand-over" | "close"], _:
                raise wrong_method("POST")
        raise not_found()

    async def _clauses(self, request: Request, partner: Partner) -> Response:
        request.query()
        found = await list_standings(self._pool, partner.tenant, partner.id)
        return page([standing_told(each) for each in found], None, has_more=False)

    async def _clause(self, request: Request, partner: Partner, clause: str) -> Response:
        request.query()
        key = clause_id(clause)
        return answer(
            standing_told(await get_standing(self._pool, partner.tenant, partner.id, key))
        )

    async def _confirm(self, request: Request, partner: Partner, clause: str) -> Response:
        order = convert(await request.json_body(), Confirmation)
        key, due = clause_id(clause), parse_day(order.period, param="period")
        await confirm_clause(
            self._pool, partner.tenant, partner.id, key, due, evidence=order.evidence,
            side="partner", who=partner.number,
        )  # fmt: skip
        return answer(
            standing_told(await get_standing(self._pool, partner.tenant, partner.id, key))
        )

    async def _open(self, request: Request, partner: Partner) -> Response:
        key = key_of(request)
        order = convert(await request.json_body(), NewIncident)
        done = await open_incident(
            self._pool, partner.tenant, partner.id, title=order.title, severity=order.severity,
            text=order.text, responsible=order.responsible, side="partner", who=partner.number,
            key=key,
        )  # fmt: skip
        return answer(incident_told(done))

    async def _handle(
        self, request: Request, partner: Partner, incident: str, act: str
    ) -> Response:
        number = incident_id(incident)
        place = (self._pool, partner.tenant, partner.id, number)
        if act == "notes":
            key = key_of(request)
            note = convert(await request.json_body(), Note)
            done = await note_incident(
                *place, text=note.text, side="partner", who=partner.number, key=key
            )
        elif act == "hand-over":
            move = convert(await request.json_body(), HandOver)
            done = await hand_over(
                *place, to=move.to, text=move.text, side="partner", who=partner.number
            )
        else:
            end = convert(await request.json_body(), End)
            done = await close_incident(*place, cause=end.cause, side="partner", who=partner.number)
        return answer(incident_told(done))

    async def take(self, request: Request, caller: Caller, clause: str) -> Response:
        """What the live application of a partner returns, with its own token."""
        if request.method != "POST":
            raise wrong_method("POST")
        if caller.mandate is not None:
            raise Forbidden(
                "a token of a customer returns nothing: use the application's own",
                code="return.own_token",
            )
        request.query()
        order = convert(await request.json_body(), Return)
        taken = await take_return(
            self._pool, caller.tenant, caller.app.id, clause_id(clause),
            parse_day(order.period, param="period"),
            [Given(each.key, each.fields) for each in order.records],
        )  # fmt: skip
        return answer(taken_told(taken))
