"""Work: what people are asked to resolve and to do."""

from enscene.work.capacity import (
    WAIT_MOST_H,
    Capacity,
    CapacityRule,
    Load,
    read_capacity,
    set_capacity,
)
from enscene.work.cases import CASES
from enscene.work.exports import Export, ask_export, decide_export, fetch_export, list_exports
from enscene.work.looks import Look, find_browsing, list_looks, note_look
from enscene.work.make_task import (
    end_task,
    find_waiting,
    hand_task,
    list_tasks,
    make_task,
    read_task,
    take_task,
)
from enscene.work.route_task import Line, Need, Route, route_task
from enscene.work.skills import read_skills, set_skills
from enscene.work.store import is_served_by, mark_replied, read_figures, read_server
from enscene.work.task import KINDS, Task

__all__ = [
    "CASES",
    "KINDS",
    "WAIT_MOST_H",
    "Capacity",
    "CapacityRule",
    "Export",
    "Line",
    "Load",
    "Look",
    "Need",
    "Route",
    "Task",
    "ask_export",
    "decide_export",
    "end_task",
    "fetch_export",
    "find_browsing",
    "find_waiting",
    "hand_task",
    "is_served_by",
    "list_exports",
    "list_looks",
    "list_tasks",
    "make_task",
    "mark_replied",
    "note_look",
    "read_capacity",
    "read_figures",
    "read_server",
    "read_skills",
    "read_task",
    "route_task",
    "set_capacity",
    "set_skills",
    "take_task",
]
