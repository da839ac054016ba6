"""Bodies of requests about work across units."""

from __future__ import annotations

import msgspec

from enscene.api.launch.orders import Long, Short


class Choose(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/teamwork/scenes/{scene}/choose`."""

    mode: Short


class FillParty(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/scenes/{scene}/parties`; what is left out stays, an empty text is the standard's."""

    party: Short
    who: Long | None = None
    duties: Long | None = None
    rights: Long | None = None
    benefits: Long | None = None

    def cells(self) -> dict[str, str]:
        """The cells that were given."""
        names = ("who", "duties", "rights", "benefits")
        return {each: text for each in names if (text := getattr(self, each)) is not None}


class NewTask(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/tasks`."""

    what: Long
    department: Short
    due_on: Short
    owner: Short = ""


class HandTask(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/tasks/{task}/hand`."""

    department: Short
    owner: Short = ""


class EndTask(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/tasks/{task}/end`."""

    result: Long


class MemberOrder(msgspec.Struct, forbid_unknown_fields=True):
    """A member of a team."""

    name: Short
    unit: Short
    role: Short


class NewTeam(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/teams`."""

    ref: Short
    kind: Short
    name: Short
    goal: Long
    unit: Short
    scene: Short
    indicator: Short
    month: Short
    least: Short
    members: list[MemberOrder]


class NewNote(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/teams/{team}/notes`."""

    says: Long
    link: Long = ""


class CloseTeam(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/teams/{team}/close`."""

    outcome: Long
