"""Operations: the catalogue of templates and scenes, and the way of a scene from choice to live.

Templates: `Templates`. The life of a request: `begin_launch`, `save_wish`, `submit_launch`,
`decide_launch`, then `move_scene`. What a scene shows: `enscene.operations.overview`.
"""

from enscene.operations.catalogue import SceneCard, list_scenes, read_scene_card
from enscene.operations.check_wish import Checked, check_wish, fitting_positions
from enscene.operations.decide_launch import approve_launch, return_launch
from enscene.operations.launch import Launch, Wish, list_launches, read_launch
from enscene.operations.likely_duplicates import Likeness, likely_duplicates
from enscene.operations.move_scene import Remains, move_scene, what_remains
from enscene.operations.prepare_launch import (
    begin_change,
    begin_launch,
    keep_rehearsal,
    save_wish,
    submit_launch,
    withdraw_launch,
)
from enscene.operations.rehearse_scene import Rehearsal, rehearse_scene
from enscene.operations.templates import Templates

__all__ = [
    "Checked",
    "Launch",
    "Likeness",
    "Rehearsal",
    "Remains",
    "SceneCard",
    "Templates",
    "Wish",
    "approve_launch",
    "begin_change",
    "begin_launch",
    "check_wish",
    "fitting_positions",
    "keep_rehearsal",
    "likely_duplicates",
    "list_launches",
    "list_scenes",
    "move_scene",
    "read_launch",
    "read_scene_card",
    "rehearse_scene",
    "return_launch",
    "save_wish",
    "submit_launch",
    "what_remains",
    "withdraw_launch",
]
