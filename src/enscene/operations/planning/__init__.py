"""Planning: the register of scenes and candidates, how these are scored, screened and put in order.

`list_entries` and `read_entry` read the register, `add_candidate` and `change_entry` write it; a scene
enters it when it goes live. `score_entry` scores a candidate by the bank's own rules (`ask_rules`,
`decide_rules`), `plan_map` puts candidates in order, `compare_entry` finds likely duplicates.
"""

from enscene.operations.planning.bank_wide import Listed, list_bank_wide
from enscene.operations.planning.chain import Reached, follow, reached_from
from enscene.operations.planning.compare_entry import (
    Comparison,
    compare_entry,
    read_comparison,
)
from enscene.operations.planning.coverage import OfLine, cover_lines
from enscene.operations.planning.depth import Reach, read_reach
from enscene.operations.planning.entry import (
    FIELDS,
    INDUSTRY,
    LEVELS,
    LINE_MOST,
    LINKS_MOST,
    MODES,
    NAME_MOST,
    NAMES,
    PRODUCTS_MOST,
    REF,
    ROUTES,
    SENTENCES,
    SIDES,
    TEXT_MOST,
    Content,
    Depth,
    Entry,
)
from enscene.operations.planning.modes import Modes, Organisation, Role, read_modes
from enscene.operations.planning.needs import Need, enter_need, list_needs, propose_need
from enscene.operations.planning.neighbours import Neighbour, find_neighbours
from enscene.operations.planning.planning_map import Row, plan_map
from enscene.operations.planning.propose import approve_from_entry, begin_from_entry
from enscene.operations.planning.pull import Pull, read_pull
from enscene.operations.planning.register import (
    Version,
    add_candidate,
    change_entry,
    drop_candidate,
    enter_scene,
    list_entries,
    matches,
    read_entry,
    read_history,
    review_entry,
    take_scene,
)
from enscene.operations.planning.rules import (
    CRITERIA,
    DAYS_MOST,
    FLAGSHIPS_MOST,
    MONTHS_MOST,
    POINTS_MOST,
    PRINCIPLES,
    REASON_MOST,
    SECTORS_MOST,
    USUAL,
    Rules,
    RulesVersion,
    ask_rules,
    decide_rules,
    list_rules,
    read_rules_of,
    rules_in_force,
)
from enscene.operations.planning.score import (
    EVIDENCE_MOST,
    Point,
    Score,
    read_scores,
    score_entry,
    screened_by,
)
from enscene.operations.planning.uses import COLUMNS, USES, cells

__all__ = [
    "COLUMNS", "CRITERIA", "DAYS_MOST", "EVIDENCE_MOST", "FIELDS", "FLAGSHIPS_MOST", "INDUSTRY", "LEVELS",
    "LINE_MOST", "LINKS_MOST", "MODES", "MONTHS_MOST", "NAMES", "NAME_MOST", "POINTS_MOST",
    "PRINCIPLES", "PRODUCTS_MOST", "REASON_MOST", "REF", "ROUTES", "SECTORS_MOST", "SENTENCES",
    "SIDES", "TEXT_MOST", "USES", "USUAL", "Comparison", "Content", "Depth", "Entry", "Listed", "Modes",
    "Need", "Neighbour", "OfLine", "Organisation", "Point", "Pull", "Reach", "Reached", "Role", "Row",
    "Rules", "RulesVersion", "Score", "Version", "add_candidate", "approve_from_entry",
    "ask_rules", "begin_from_entry", "cells", "change_entry", "compare_entry", "cover_lines",
    "decide_rules", "drop_candidate", "enter_need", "enter_scene", "find_neighbours", "follow",
    "list_bank_wide",
    "list_entries", "list_needs", "list_rules", "matches", "plan_map", "propose_need",
    "reached_from", "read_comparison", "read_entry", "read_history", "read_modes", "read_pull", "read_reach",
    "read_rules_of", "read_scores", "review_entry", "rules_in_force", "score_entry",
    "screened_by", "take_scene",
]  # fmt: skip
