"""How a partner's services are kept: dated records, gaps, controls by tier, hands of third parties."""

from enscene.partners.governance.gaps import CODES, Gap, gaps_of
from enscene.partners.governance.kinds import Field, Kind, Kinds, read_kinds
from enscene.partners.governance.outsiders import (
    Outsider,
    ask_outsider,
    end_outsider,
    grant_outsider,
    list_outsiders,
    outsider_id,
)
from enscene.partners.governance.ready import Governed, read_all_governed, read_governed
from enscene.partners.governance.records import Record, list_records, newest, put_record
from enscene.partners.governance.tiers import (
    TIERS,
    Control,
    Standing,
    Tier,
    check_controls,
    read_tiers,
    standing_of,
)
from enscene.partners.governance.watch_records import watch_records

__all__ = [
    "CODES",
    "TIERS",
    "Control",
    "Field",
    "Gap",
    "Governed",
    "Kind",
    "Kinds",
    "Outsider",
    "Record",
    "Standing",
    "Tier",
    "ask_outsider",
    "check_controls",
    "end_outsider",
    "gaps_of",
    "grant_outsider",
    "list_outsiders",
    "list_records",
    "newest",
    "outsider_id",
    "put_record",
    "read_all_governed",
    "read_governed",
    "read_kinds",
    "read_tiers",
    "standing_of",
    "watch_records",
]
