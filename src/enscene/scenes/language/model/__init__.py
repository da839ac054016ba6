"""What a checked pack is: frozen, typed, with every name resolved.

The loader makes it (`load_pack`, `load_pack_files`, `configure`); the runtime, the console, the
API and the simulator read it. Money is in minor units of `Pack.currency`, times of day are texts
"HH:MM" in the tenant's zone.
"""

from enscene.kernel.documents import Mistake, Position
from enscene.scenes.language.model.actions import Action, Creation, Guard, On, Read, Step
from enscene.scenes.language.model.cases import (
    Act,
    Case,
    Expectation,
    Given,
    Group,
    Habit,
    People,
    Quality,
)
from enscene.scenes.language.model.declarations import (
    Account,
    Counter,
    Link,
    Option,
    Part,
    Party,
    State,
    Thing,
)
from enscene.scenes.language.model.flows import Flow, Place, Source, Target, Way
from enscene.scenes.language.model.pack import Figures, LoadResult, Pack, Variant
from enscene.scenes.language.model.reactions import (
    NOTHING_CAME,
    Indicator,
    Meter,
    Moment,
    Page,
    PageItem,
    Pattern,
    Product,
    Sign,
    Timer,
    Topic,
    Trigger,
)
from enscene.scenes.language.model.values import Expression, Field, Type, Value

__all__ = [
    "NOTHING_CAME",
    "Account",
    "Act",
    "Action",
    "Case",
    "Counter",
    "Creation",
    "Expectation",
    "Expression",
    "Field",
    "Figures",
    "Flow",
    "Given",
    "Group",
    "Guard",
    "Habit",
    "Indicator",
    "Link",
    "LoadResult",
    "Meter",
    "Mistake",
    "Moment",
    "On",
    "Option",
    "Pack",
    "Page",
    "PageItem",
    "Part",
    "Party",
    "Pattern",
    "People",
    "Place",
    "Position",
    "Product",
    "Quality",
    "Read",
    "Sign",
    "Source",
    "State",
    "Step",
    "Target",
    "Thing",
    "Timer",
    "Topic",
    "Trigger",
    "Type",
    "Value",
    "Variant",
    "Way",
]
