"""Operations: the catalogue of templates and scenes, and the way of a scene from choice to live.

Templates: `Templates`. The life of a request: `begin_launch`, `save_wish`, `submit_launch`,
`decide_launch`, then `move_scene`. What a scene shows: `enscene.operations.overview`.
"""

from enscene.operations.article_report import Article, article_report, read_article_report
from enscene.operations.catalogue import SceneCard, list_scenes, read_scene_card
from enscene.operations.check_wish import (
    Checked,
    check_wish,
    fitting_positions,
    refuse_mistakes,
    told_mistake,
)
from enscene.operations.decide_launch import approve_launch, return_launch
from enscene.operations.forecast_demand import Demand, Forecast, has_kitchen, read_demand
from enscene.operations.gap_report import (
    Coverage,
    GapReport,
    Mounting,
    Pair,
    bundle_coverage,
    gap_report,
    mounting_of,
    mounting_of_pack,
    place_of,
    read_gap_report,
    read_mountings,
)
from enscene.operations.launch import EDITABLE, Launch, Wish, list_launches, read_launch
from enscene.operations.likely_duplicates import Likeness, Wanted, find_likely, likely_duplicates
from enscene.operations.map_money import MoneyWays, map_money
from enscene.operations.move_scene import (
    MOVES,
    PILOTED_BY,
    Remains,
    move_scene,
    next_moves,
    resume_scene,
    what_remains,
)
from enscene.operations.prepare_launch import (
    begin_change,
    begin_launch,
    change_wish,
    keep_rehearsal,
    read_wish_in_force,
    save_wish,
    submit_launch,
    withdraw_launch,
)
from enscene.operations.rehearsals import Rehearsals
from enscene.operations.rehearse_scene import Rehearsal, rehearse_scene
from enscene.operations.settle_scene import Settlement, settle_scene
from enscene.operations.template_defaults import base_of, choices_of, default_parts, value_text
from enscene.operations.templates import Templates

__all__ = [
    "EDITABLE",
    "MOVES",
    "PILOTED_BY",
    "Article",
    "Checked",
    "Coverage",
    "Demand",
    "Forecast",
    "GapReport",
    "Launch",
    "Likeness",
    "MoneyWays",
    "Mounting",
    "Pair",
    "Rehearsal",
    "Rehearsals",
    "Remains",
    "SceneCard",
    "Settlement",
    "Templates",
    "Wanted",
    "Wish",
    "approve_launch",
    "article_report",
    "base_of",
    "begin_change",
    "begin_launch",
    "bundle_coverage",
    "change_wish",
    "check_wish",
    "choices_of",
    "default_parts",
    "find_likely",
    "fitting_positions",
    "gap_report",
    "has_kitchen",
    "keep_rehearsal",
    "likely_duplicates",
    "list_launches",
    "list_scenes",
    "map_money",
    "mounting_of",
    "mounting_of_pack",
    "move_scene",
    "next_moves",
    "place_of",
    "read_article_report",
    "read_demand",
    "read_gap_report",
    "read_launch",
    "read_mountings",
    "read_scene_card",
    "read_wish_in_force",
    "refuse_mistakes",
    "rehearse_scene",
    "resume_scene",
    "return_launch",
    "save_wish",
    "settle_scene",
    "submit_launch",
    "told_mistake",
    "value_text",
    "what_remains",
    "withdraw_launch",
]
