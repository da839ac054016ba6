"""The launch API as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from enscene.api import store
from enscene.api.actions import Running
from enscene.api.auth import Caller
from enscene.api.baselines import BaselinesDoor
from enscene.api.board import BoardDoor
from enscene.api.copies import CopiesDoor
from enscene.api.cursors import Cursors
from enscene.api.http import Request, Response
from enscene.api.incentives import IncentivesDoor
from enscene.api.launch.desk import Desk
from enscene.api.launch.launches import LaunchesDoor
from enscene.api.launch.projects import ProjectsDoor
from enscene.api.launch.scenes import ScenesDoor
from enscene.api.launch.templates import TemplatesDoor
from enscene.api.planning import PlanningDoor
from enscene.api.staff import StaffDoor
from enscene.api.teamwork import TeamworkDoor
from enscene.api.voices import VoicesDoor
from enscene.scenes.runtime import SceneHost


class Launch:
    """Templates, requests, planning, teamwork, incentives, projects, copies and the life of scenes."""

    def __init__(
        self,
        host: SceneHost,
        pool: store.Pool,
        running: Running,
        cursors: Cursors,
        packs: Path | None,
    ) -> None:
        self._desk = desk = Desk(host, pool, running, packs)
        templates = TemplatesDoor(desk)
        self._words = {
            "templates": templates.serve,
            "launches": LaunchesDoor(desk, cursors, templates).serve,
            "projects": ProjectsDoor(desk).serve,
            "copies": CopiesDoor(desk).serve,
            "board": BoardDoor(desk).serve,
            "planning": PlanningDoor(desk).serve,
            "teamwork": TeamworkDoor(desk).serve,
            "voices": VoicesDoor(desk).serve,
            "baselines": BaselinesDoor(desk).serve,
            "incentives": IncentivesDoor(desk).serve,
            "staff": StaffDoor(desk).serve,
            "scenes": ScenesDoor(desk).serve,
        }

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here; `/v1/scenes` alone lists what a token opens."""
        return len(path) > 1 and path[1] in self._words and path[1:] != ["scenes"]

    async def serve(self, request: Request, caller: Caller, word: str, rest: list[str]) -> Response:
        """Answer a request below one of the words."""
        return await self._words[word](request, caller, rest)

    async def close(self) -> None:
        """Give up what is being rehearsed."""
        await self._desk.rehearsals.close()
