"""What binds customers to each other: firms, their people and suppliers, households.

What scenes say of it (links) is read where it stands; what is stated beside is kept here.
"""

from enscene.customers.relations.find_around import Around, Step, find_around
from enscene.customers.relations.relation import KINDS, Relation, end_relation, state_relations

__all__ = [
    "KINDS",
    "Around",
    "Relation",
    "Step",
    "end_relation",
    "find_around",
    "state_relations",
]
