"""What people learn and know: trainings per scene with results, and experts who can be asked."""

from enscene.operations.knowledge.experts import (
    Expert,
    add_expert,
    ask_expert,
    end_expert,
    find_experts,
)
from enscene.operations.knowledge.trainings import (
    AUDIENCES,
    PLACES_MOST,
    SCORE_MOST,
    Course,
    Learner,
    Record,
    Training,
    enter_person,
    list_records,
    list_trainings,
    plan_training,
    read_training,
    record_result,
)

__all__ = [
    "AUDIENCES",
    "PLACES_MOST",
    "SCORE_MOST",
    "Course",
    "Expert",
    "Learner",
    "Record",
    "Training",
    "add_expert",
    "ask_expert",
    "end_expert",
    "enter_person",
    "find_experts",
    "list_records",
    "list_trainings",
    "plan_training",
    "read_training",
    "record_result",
]
