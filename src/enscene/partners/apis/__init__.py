"""The interfaces of a bank as they are managed: versions, notices, owners, limits of calls."""

from enscene.partners.apis.announce import (
    declare_notice,
    list_notices,
    read_owners,
    set_owner,
    take_back_notice,
)
from enscene.partners.apis.call_rules import (
    USUAL,
    CallRules,
    OddApp,
    RulesInForce,
    SceneLimit,
    read_rules,
)
from enscene.partners.apis.change_limit import CallLimit, ask_limit, decide_limit, list_limits
from enscene.partners.apis.entry import Entry
from enscene.partners.apis.notice import Notice
from enscene.partners.apis.versions import HEADER, NEWEST, VERSIONS, check_version

__all__ = [
    "HEADER",
    "NEWEST",
    "USUAL",
    "VERSIONS",
    "CallLimit",
    "CallRules",
    "Entry",
    "Notice",
    "OddApp",
    "RulesInForce",
    "SceneLimit",
    "ask_limit",
    "check_version",
    "decide_limit",
    "declare_notice",
    "list_limits",
    "list_notices",
    "read_owners",
    "read_rules",
    "set_owner",
    "take_back_notice",
]
