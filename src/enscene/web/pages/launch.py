"""The launch wizard: fill a template, see its proofs change, rehearse, submit."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from enscene.blocks import LIBRARY
from enscene.kernel.errors import Conflict, EnsceneError, Invalid, NotFound
from enscene.operations import (
    EDITABLE,
    Checked,
    Launch,
    base_of,
    begin_change,
    begin_launch,
    check_wish,
    choices_of,
    default_parts,
    fitting_positions,
    likely_duplicates,
    read_launch,
    read_wish_in_force,
    save_wish,
    submit_launch,
    withdraw_launch,
)
from enscene.scenes.language import Pack
from enscene.scenes.language.report import proofs_text
from enscene.web.added_steps import step_words
from enscene.web.console import Console, Visit, member
from enscene.web.copy_view import copied_of, share_text
from enscene.web.faults import by_field, fault_of, faults_of
from enscene.web.money_map import draw_flows
from enscene.web.problems import status_of
from enscene.web.what_changes import what_changes
from enscene.web.wish_form import (
    block_of,
    option_fields,
    read_wish,
    step_of,
)

TEAM = ("scene_team",)


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    wizard = Wizard(console)
    posts = {
        "check": wizard.check,
        "block": wizard.block,
        "rehearse": wizard.rehearse,
        "submit": wizard.submit,
        "withdraw": wizard.withdraw,
    }
    return [
        Route("/launches", member(console, wizard.begin, *TEAM), methods=["POST"]),
        Route("/launches/{launch}", member(console, wizard.show), methods=["GET"]),
        Route("/launches/{launch}/rehearsal", member(console, wizard.progress), methods=["GET"]),
        *(
            Route(f"/launches/{{launch}}/{name}", member(console, handler, *TEAM), methods=["POST"])
            for name, handler in posts.items()
        ),
    ]


def launch_id(visit: Visit) -> UUID:
    """The request of the path. Raises: NotFound."""
    try:
        return UUID(visit.path("launch"))
    except ValueError:
        raise NotFound("there is no such request", code="launch.not_found") from None


class Wizard:
    """The handlers; each POST keeps what was filled in before it does what it is for."""

    def __init__(self, console: Console) -> None:
        self.console = console

    async def begin(self, visit: Visit) -> Response:
        """Choose a template, or prepare a change of a scene."""
        pool, scene = self.console.pool, visit.field("scene")
        if scene:
            terms = visit.field("terms")
            number = int(terms) if terms.isdigit() else None
            launch = await begin_change(pool, visit.tenant, scene, visit.who, terms=number)
        else:
            pack = (await self.console.templates()).get(visit.field("pack"))
            launch = await begin_launch(pool, visit.tenant, pack, visit.who)
        return visit.go(f"/launches/{launch}")

    async def show(self, visit: Visit) -> Response:
        """The form while it can be filled, else what was asked for."""
        launch = await read_launch(self.console.pool, visit.tenant, launch_id(visit))
        if launch.state in EDITABLE and visit.session.allows(*TEAM):
            return await self._page(visit, launch)
        return await self._review(visit, launch)

    async def check(self, visit: Visit) -> Response:
        """Keep the form; tell what the checks say."""
        launch = await self._save(visit)
        if not visit.is_part:
            return visit.go(f"/launches/{launch.id}")
        whole = visit.field("whole") == "1"
        return await self._page(visit, launch, "launch_form.html" if whole else "launch_told.html")

    async def block(self, visit: Visit) -> Response:
        """Add a block from the library, or take one away again."""
        launch = await self._save(visit)
        pack = await self._pack(launch)
        gone, index = visit.field("gone"), visit.field("add.index")
        spec, action = block_of(visit.field("add.block")), visit.field("add.action")
        added = list(launch.wish.added)
        places: list[Any] = []
        clear = False
        if gone.isdigit() and int(gone) < len(added):
            del added[int(gone)]
        elif spec is not None and action in pack.actions:
            step = step_of(spec, visit.fields("add.arg."))
            if index.isdigit():
                added.append({"action": action, "index": int(index), "step": step})
                clear = True
            elif visit.field("find") == "1":
                zone = (await visit.read_clock())["zone"]
                places = await fitting_positions(pack, launch.wish, action, step, zone)
        if added != launch.wish.added:
            wish = msgspec.structs.replace(launch.wish, added=added)
            await save_wish(self.console.pool, visit.tenant, launch.id, wish)
            launch = await read_launch(self.console.pool, visit.tenant, launch.id)
        template = "launch_form.html" if visit.is_part else "launch.html"
        return await self._page(visit, launch, template, places=places, clear=clear)

    async def rehearse(self, visit: Visit) -> Response:
        """Begin a rehearsal of a week in the background."""
        launch = await self._save(visit)
        templates, rehearsals = await self.console.templates(), self.console.rehearsals
        zone = (await visit.read_clock())["zone"]
        launch = await rehearsals.check(visit.tenant, templates, launch.id, zone)
        rehearsals.begin(visit.tenant, launch, templates.get(launch.pack), zone)
        return (
            visit.go(f"/launches/{launch.id}#rehearsal")
            if not visit.is_part
            else (await self._page(visit, launch, "rehearsal.html"))
        )

    async def progress(self, visit: Visit) -> Response:
        """How far the rehearsal is, or what it gave."""
        # Looked at first: it is taken away only when the result is stored.
        running = self.console.rehearsals.progress(launch_id(visit))
        launch = await read_launch(self.console.pool, visit.tenant, launch_id(visit))
        if not visit.is_part:
            return visit.go(f"/launches/{launch.id}#rehearsal")
        return await self._page(visit, launch, "rehearsal.html", running=running)

    async def submit(self, visit: Visit) -> Response:
        """Put it before a second person."""
        launch = await self._save(visit)
        zone = (await visit.read_clock())["zone"]
        templates = await self.console.templates()
        try:
            await submit_launch(
                self.console.pool, visit.tenant, templates, launch.id, visit.who, zone
            )
        except (Invalid, Conflict) as error:
            if error.param is None:
                raise
            return await self._page(visit, launch, refusal=error)
        return visit.go(f"/launches/{launch.id}")

    async def withdraw(self, visit: Visit) -> Response:
        """Give it up."""
        await withdraw_launch(self.console.pool, visit.tenant, launch_id(visit))
        return visit.go("/")

    async def _pack(self, launch: Launch) -> Pack:
        return (await self.console.templates()).get(launch.pack)

    async def _save(self, visit: Visit) -> Launch:
        launch = await read_launch(self.console.pool, visit.tenant, launch_id(visit))
        wish = read_wish(visit, await self._pack(launch), launch.wish)
        await save_wish(self.console.pool, visit.tenant, launch.id, wish)
        return await read_launch(self.console.pool, visit.tenant, launch.id)

    async def _told(self, visit: Visit, launch: Launch) -> dict[str, Any]:
        """What every view of a request shows of it."""
        pack = await self._pack(launch)
        zone = (await visit.read_clock())["zone"]
        checked = await check_wish(pack, launch.wish, zone)
        templates = await self.console.templates()
        shown = checked.pack or base_of(pack, launch.wish.variant)
        return {
            "launch": launch,
            "wish": launch.wish,
            "pack": pack,
            "shown": shown,
            "checked": checked,
            "faults": (faults := faults_of(launch.wish, checked, visit.language)),
            "fault_at": by_field(faults),
            "step_words": partial(step_words, visit, pack),
            "proofs": _proofs(checked, visit.language),
            "map": draw_flows(shown, visit.language),
            "duplicates": await likely_duplicates(
                self.console.pool, visit.tenant, templates, launch
            ),
            "rehearsal": launch.rehearsal,
            "progress": self.console.rehearsals.progress(launch.id),
            "fields": option_fields(pack, launch.wish),
            "copied": await copied_of(visit, pack, launch),
            "share": share_text,
        }

    async def _page(
        self,
        visit: Visit,
        launch: Launch,
        template: str = "launch.html",
        *,
        places: list[Any] | None = None,
        clear: bool = False,
        running: Any = None,
        refusal: EnsceneError | None = None,
    ) -> Response:
        told = await self._told(visit, launch)
        if refusal is not None and refusal.code != "launch.mistakes":
            told["faults"] = [fault_of(refusal, visit.t), *told["faults"]]
            told["fault_at"] = by_field(told["faults"])
        told["progress"] = running or told["progress"]
        pack, wish = told["pack"], told["wish"]
        form = {} if clear else {name: value for name, value in visit.form}  # noqa: C416
        spec = block_of(form.get("add.block", ""))
        return visit.page(
            template,
            200 if refusal is None else status_of(refusal),
            parts=default_parts(pack, wish.variant) | wish.parts,
            library=LIBRARY,
            spec=spec,
            choices={name: choices_of(arg.kind, told["shown"]) for name, arg in spec.args.items()}
            if spec
            else {},
            form=form,
            places=places or [],
            alone=template == "launch_told.html",
            **told,
        )

    async def _review(self, visit: Visit, launch: Launch) -> Response:
        told = await self._told(visit, launch)
        moves = None
        if launch.kind == "change" and launch.state == "submitted" and launch.scene:
            now = await read_wish_in_force(self.console.pool, visit.tenant, launch.scene)
            moves = what_changes(visit, told["pack"], now, launch.wish)
        return visit.page(
            "review.html",
            moves=moves,
            changed=[field for field in told["fields"] if field.given != field.default],
            parts=default_parts(told["pack"], launch.wish.variant) | launch.wish.parts,
            may_decide=visit.session.allows("approver")
            and launch.state == "submitted"
            and visit.who not in (launch.submitted_by, launch.chosen_by),
            may_withdraw=launch.state == "submitted" and visit.session.allows(*TEAM),
            **told,
        )


def _proofs(checked: Checked, language: str) -> list[str]:
    if checked.pack is None:
        return []
    return [line.strip() for line in proofs_text(checked.pack, language).splitlines()]
