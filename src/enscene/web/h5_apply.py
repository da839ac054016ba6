"""Applications in a customer's page of a scene: which are shown, and what each button does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from enscene.engagement.applications import (
    OPEN,
    Application,
    Wish,
    application_id,
    begin_application,
    call_in,
    can_finish,
    check_lending,
    complete_fields,
    confirm_application,
    decide_application,
    give_up_application,
    hand_off,
    list_applications,
    note_asked,
    read_application,
    read_clock,
    read_talk,
    requote_application,
    say,
    send_code_in,
    writing,
)
from enscene.kernel.errors import Invalid, NotFound
from enscene.kernel.money import parse_money
from enscene.scenes.runtime import RunningScene, SceneHost
from enscene.scenes.runtime.roster import Member
from enscene.web.apply_view import view_application
from enscene.web.h5_looker import Looker
from enscene.web.language import Texts

CHANNEL = "h5"
SHOWN_FOR = timedelta(days=1)
"""How long an application that has ended is still shown where it was begun."""
SHOWN_MOST = 3


async def show_applications(looker: Looker) -> list[dict[str, Any]]:
    """This person's applications in this scene that go on, or have ended lately."""
    t = Texts("en" if looker.language == "en" else "zh")
    tenant, now = looker.scene.tenant, looker.clock["now"]
    found = await list_applications(
        looker.connection, tenant, scene=looker.scene.id, customer=looker.member.id, limit=20
    )
    shown = []
    for application in found:
        ended = application.ended_at
        if application.state == "given_up" or application.expires_at <= now:
            continue
        if ended is not None and ended + SHOWN_FOR < now:
            continue
        talk = await read_talk(looker.connection, tenant, application)
        shown.append(
            {
                "view": view_application(application, t, talk, looker.pack.texts[looker.language]),
                "finish_here": can_finish(application.product, CHANNEL),
            }
        )
    return shown[:SHOWN_MOST]


def offered_to(applications: list[dict[str, Any]]) -> set[str]:
    """Offers that an application which goes on was begun from: they need no card of their own."""
    return {
        str(item["view"].application.offer)
        for item in applications
        if item["view"].application.offer is not None
        and item["view"].state in (*OPEN, "confirmed", "done")
    }


class ApplySteps:
    """The buttons of an application in a scene. Each returns what is said of it, as the page says
    it: with a plus when it was done."""

    def __init__(self, pool: Any, host: SceneHost) -> None:
        self._pool = pool
        self._host = host
        self._steps: dict[str, Callable[..., Awaitable[str]]] = {
            "requote": self._requote,
            "decide": self._decide,
            "give_up": self._give_up,
            "handoff": self._hand_off,
            "call": self._call,
            "say": self._say,
            "code": self._code,
            "confirm": self._confirm,
        }

    async def begin(
        self, scene: RunningScene, member: Member, form: dict[str, str], t: Texts,
        grant: int | None = None,
    ) -> str:  # fmt: skip
        """From an offer of this page, or for a thing that the scene lends for."""
        wish = _wish(form)
        await check_lending(self._pool, self._host, scene, member, wish)
        async with writing(self._pool, scene.tenant) as connection:
            open_now = await list_applications(
                connection, scene.tenant, scene=scene.id, customer=member.id
            )
            # A second press of the button is the same application.
            if any(_is_for(a, wish) and a.state in OPEN for a in open_now):
                return ""
            begun = await begin_application(
                connection, scene, member, wish, CHANNEL, member.ref, grant=grant
            )
            await note_asked(connection, scene.tenant, begun, view_application(begun, t).missing)
        return ""

    async def step(
        self, name: str, scene: RunningScene, member: Member, form: dict[str, str], t: Texts
    ) -> str:
        """Do what the button says. Raises: NotFound, and what it raises."""
        step = self._steps.get(name)
        if step is None:
            raise NotFound("there is no such button", code="h5.no_page")
        try:
            application = application_id(form.get("application", ""))
        except Invalid:
            raise NotFound("there is no such application", code="application.not_found") from None
        if name == "confirm":
            return await self._confirm(application, scene, member, form, t)
        async with writing(self._pool, scene.tenant) as connection:
            found = await read_application(
                connection, scene.tenant, application, customer=member.id, scene=scene.id, lock=True
            )
            return await step(connection, found, scene, member, form, t)

    async def _requote(
        self, connection: Any, found: Application, scene: RunningScene, member: Member,
        form: dict[str, str], t: Texts,
    ) -> str:  # fmt: skip
        await _requoted(connection, scene, found, form)
        return ""

    async def _decide(
        self, connection: Any, found: Application, scene: RunningScene, member: Member,
        form: dict[str, str], t: Texts,
    ) -> str:  # fmt: skip
        found = await _requoted(connection, scene, found, form)
        given = {name: form[name] for name in ("born", "income") if form.get(name)}
        found = await complete_fields(connection, scene.tenant, found, given)
        done = await decide_application(connection, scene, member, found, CHANNEL, member.ref)
        return ("-" if done.state == "refused" else "+") + t(f"apply.{done.state}")

    async def _give_up(
        self, connection: Any, found: Application, scene: RunningScene, member: Member,
        form: dict[str, str], t: Texts,
    ) -> str:  # fmt: skip
        await give_up_application(connection, scene.tenant, found, CHANNEL, member.ref)
        return "+" + t("h5.done")

    async def _hand_off(
        self, connection: Any, found: Application, scene: RunningScene, member: Member,
        form: dict[str, str], t: Texts,
    ) -> str:  # fmt: skip
        handoff = await hand_off(connection, scene.tenant, found, CHANNEL, member.ref)
        return f"@{found.ref} {handoff.token}"

    async def _call(
        self, connection: Any, found: Application, scene: RunningScene, member: Member,
        form: dict[str, str], t: Texts,
    ) -> str:  # fmt: skip
        task = await call_in(
            connection, scene.tenant, found,
            kind="call_back" if form.get("kind") == "call_back" else "chat",
            said=form.get("said", ""), insists=form.get("insists") == "true",
            channel=CHANNEL, actor=member.ref,
        )  # fmt: skip
        return "+" + t("apply.called_auto" if task.state == "automatic" else "apply.called")

    async def _say(
        self, connection: Any, found: Application, scene: RunningScene, member: Member,
        form: dict[str, str], t: Texts,
    ) -> str:  # fmt: skip
        await say(connection, scene.tenant, found, "customer", member.ref, form.get("said", ""))
        return ""

    async def _code(
        self, connection: Any, found: Application, scene: RunningScene, member: Member,
        form: dict[str, str], t: Texts,
    ) -> str:  # fmt: skip
        until = await send_code_in(connection, scene.tenant, found, CHANNEL)
        clock = await read_clock(connection, scene.tenant)
        minutes = round((until - clock["real"]).total_seconds() / 60)
        return "+" + t("apply.code_sent", minutes=minutes)

    async def _confirm(
        self, application: UUID, scene: RunningScene, member: Member, form: dict[str, str], t: Texts
    ) -> str:
        done = await confirm_application(
            self._pool, self._host, scene.tenant, application, customer=member.id,
            code=form.get("code", "").strip(), channel=CHANNEL, actor=member.ref,
        )  # fmt: skip
        return "+" + t("apply.done") if done.state == "done" else "-" + t("apply.refused")


async def _requoted(
    connection: Any, scene: RunningScene, found: Application, form: dict[str, str]
) -> Application:
    """At the amount and the term of the form."""
    amount = months = None
    if form.get("amount"):
        amount = parse_money(form["amount"].replace(",", ""), found.currency, param="amount")
    if form.get("months", "").isdigit():
        months = int(form["months"][:4])
    return await requote_application(connection, scene.tenant, found, amount, months)


def _wish(form: dict[str, str]) -> Wish:
    product = form.get("product", "")
    if "thing" in form:
        return Wish(product=product, about=(form["thing"], form.get("about", "")))
    try:
        return Wish(product=product, offer=UUID(form.get("offer", "")))
    except ValueError:
        raise NotFound("there is no such offer", code="offer.not_found") from None


def _is_for(application: Application, wish: Wish) -> bool:
    """Whether an application was begun by the same button."""
    if wish.about is None:
        return application.offer == wish.offer
    fact = application.fact or {}
    return application.product == wish.product and wish.about == (
        fact.get("thing"),
        fact.get("key"),
    )
