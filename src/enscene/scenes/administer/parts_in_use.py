"""What keeps a part from being switched off: things that wait for what only the part would do."""

from __future__ import annotations

from typing import Any

import asyncpg

from enscene.kernel.errors import Conflict
from enscene.scenes.language import Pack


async def refuse_parts_in_use(
    connection: asyncpg.Connection[Any], tenant: int, scene: int, whole: Pack, new: Pack
) -> None:
    """A thing lives on under the terms it began with, but what happens elsewhere reaches it only
    by a trigger of the present terms: a policy whose flight nobody reports any more never pays.
    So a trigger may go only when nothing is left that it could find.

    `whole` is the template with all its parts, `new` as it is to become. Raises: Conflict.
    """
    for trigger in whole.triggers.values():
        if trigger.name in new.triggers or trigger.thing is None:
            continue
        states = [s.name for s in whole.things[trigger.thing].states.values() if not s.ends]
        row = await connection.fetchrow(
            """
select count(*) as things, max(due) as until from thing
 where tenant = $1 and scene = $2 and type = $3 and state = any($4::text[])""",
            tenant,
            scene,
            trigger.thing,
            states,
        )
        if row["things"]:
            part = trigger.part or whole.actions[trigger.after].part or ""
            until = row["until"].date().isoformat() if row["until"] else ""
            by = f", the last by {until}" if until else ""
            raise Conflict(
                f"{row['things']} {trigger.thing} are alive and need part {part}",
                code="scene.part_in_use",
                param=f"parts.{part}",
                hint=f"leave the part on until they have come to their end{by}; stop new ones "
                "with an option of the part if it has one, then switch it off",
                facts={
                    "part": part,
                    "thing": trigger.thing,
                    "count": row["things"],
                    "until": until,
                },
            )
