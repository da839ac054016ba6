"""Applications: finance that is asked for in a scene and finished in a channel of the bank."""

from enscene.engagement.applications._contact_store import insert_message, list_messages
from enscene.engagement.applications.application import (
    BANK_CHANNELS,
    CHANNELS,
    OPEN,
    STATES,
    Application,
    application_id,
)
from enscene.engagement.applications.begin_application import Wish, begin_application, check_lending
from enscene.engagement.applications.complete_fields import complete_fields, note_asked
from enscene.engagement.applications.confirm_application import (
    can_finish,
    confirm_application,
    send_code_in,
)
from enscene.engagement.applications.decide_application import decide_application
from enscene.engagement.applications.dialogue import CALLS, MACHINE, Word, call_in, read_talk, say
from enscene.engagement.applications.end_application import (
    end_applications_of,
    end_applications_under,
    expire_applications,
    give_up_application,
    lock_applications_under,
)
from enscene.engagement.applications.figures import read_figures
from enscene.engagement.applications.funnel import FUNNEL, Funnel, read_funnels, tell_funnel
from enscene.engagement.applications.handoff import (
    Handoff,
    hand_off,
    look_at_handoff,
    open_handoff,
)
from enscene.engagement.applications.join_application import (
    join_application,
    override_application,
)
from enscene.engagement.applications.lending_action import find_lending_action
from enscene.engagement.applications.managers import MANAGER, managers_of, right_managers
from enscene.engagement.applications.needed_fields import missing_fields
from enscene.engagement.applications.open_contract import open_contract
from enscene.engagement.applications.quote import find_product, quote_of
from enscene.engagement.applications.read_application import list_applications, read_application
from enscene.engagement.applications.reasons import tell_reasons
from enscene.engagement.applications.reopen_application import reopen_application
from enscene.engagement.applications.requote_application import requote_application
from enscene.engagement.applications.second_factor import LIFE as CODE_LIFE
from enscene.engagement.applications.second_factor import needs_code, send_code
from enscene.engagement.applications.store import (
    add_step,
    list_decisions,
    read_clock,
    read_decision,
    read_inputs,
    read_steps,
    reading,
    see_offers,
    writing,
)
from enscene.engagement.applications.told import percent, tell_application, tell_quote

__all__ = [
    "BANK_CHANNELS",
    "CALLS",
    "CHANNELS",
    "CODE_LIFE",
    "FUNNEL",
    "MACHINE",
    "MANAGER",
    "OPEN",
    "STATES",
    "Application",
    "Funnel",
    "Handoff",
    "Wish",
    "Word",
    "add_step",
    "application_id",
    "begin_application",
    "call_in",
    "can_finish",
    "check_lending",
    "complete_fields",
    "confirm_application",
    "decide_application",
    "end_applications_of",
    "end_applications_under",
    "expire_applications",
    "find_lending_action",
    "find_product",
    "give_up_application",
    "hand_off",
    "insert_message",
    "join_application",
    "list_applications",
    "list_decisions",
    "list_messages",
    "lock_applications_under",
    "look_at_handoff",
    "managers_of",
    "missing_fields",
    "needs_code",
    "note_asked",
    "open_contract",
    "open_handoff",
    "override_application",
    "percent",
    "quote_of",
    "read_application",
    "read_clock",
    "read_decision",
    "read_figures",
    "read_funnels",
    "read_inputs",
    "read_steps",
    "read_talk",
    "reading",
    "reopen_application",
    "requote_application",
    "right_managers",
    "say",
    "see_offers",
    "send_code",
    "send_code_in",
    "tell_application",
    "tell_funnel",
    "tell_quote",
    "tell_reasons",
    "writing",
]
