"""Outside scenes in the bank's own app: entries, visits, orders, and what the traffic costs."""

from enscene.partners.bring_in.agree import (
    close_entry,
    decide_entry,
    decide_terms,
    move_entry,
    propose_entry,
    propose_terms,
)
from enscene.partners.bring_in.cashier import Cashier, Month
from enscene.partners.bring_in.entry import (
    CLASSES,
    IN_KINDS,
    OUT_KINDS,
    PAYERS,
    SHOWN,
    Entry,
    Terms,
    entry_id,
)
from enscene.partners.bring_in.find import (
    OrderLine,
    find_orders,
    find_visits,
    list_entries,
    list_terms,
    read_own_order,
)
from enscene.partners.bring_in.order import STATES, Order, order_id
from enscene.partners.bring_in.report_order import Report, Told, find_own, report_order
from enscene.partners.bring_in.traffic import Sums, Traffic, post_months, read_traffic
from enscene.partners.bring_in.visits import (
    Arrived,
    Led,
    Tile,
    exchange_code,
    list_tiles,
    open_visit,
    person_name,
    visit_name,
)

__all__ = [
    "CLASSES",
    "IN_KINDS",
    "OUT_KINDS",
    "PAYERS",
    "SHOWN",
    "STATES",
    "Arrived",
    "Cashier",
    "Entry",
    "Led",
    "Month",
    "Order",
    "OrderLine",
    "Report",
    "Sums",
    "Terms",
    "Tile",
    "Told",
    "Traffic",
    "close_entry",
    "decide_entry",
    "decide_terms",
    "entry_id",
    "exchange_code",
    "find_orders",
    "find_own",
    "find_visits",
    "list_entries",
    "list_terms",
    "list_tiles",
    "move_entry",
    "open_visit",
    "order_id",
    "person_name",
    "post_months",
    "propose_entry",
    "propose_terms",
    "read_own_order",
    "read_traffic",
    "report_order",
    "visit_name",
]
