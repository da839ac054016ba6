"""The columns of the lake: what stands in its Parquet files, fixed here for all who read them.

Read them by `enscene.lake.read_lake`, or as plain Parquet from the folder `lake` of the home:

    lake/event/tenant=3/day=2026-11-23/….parquet          what was committed, one row a unit
    lake/posting/tenant=3/day=2026-11-23/….parquet        the ledger's transfers, one row both legs
    lake/account/tenant=3/….parquet                       and the other snapshots, whole, one file

`tenant` and `day` stand in the files as well as in the names of folders. A day is a day of UTC, of
`at`; a day of a zone is made from `at`. Sums are integers in minor units of `currency`. Times are
microseconds of UTC. No column holds null but those that say so. Within a tenant the files of a kind
are a set without order: `seq` is the order of what happened, with `n` within a unit.

What names a person does so as the log does, by the reference that the scene's caller chose
(`party.ref`, behind the colon in `event.actor` and `event.subject`, under `parties` in
`event.facts`). Names, telephones and other numbers of people are not in the snapshots at all. An
erased person's rows stay, under the same opaque reference in all of them.

Events and postings are exported once each; a snapshot is as the database had it when it was last
written, at least once an hour, so an event may be newer than its scene or its party.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Type = Literal["int32", "int64", "string", "bool", "date", "timestamp"]
"""`date` is date32; `timestamp` is microseconds, of UTC."""


@dataclass(frozen=True, slots=True)
class Column:
    """`null` says that the value may be missing."""

    name: str
    type: Type
    means: str
    null: bool = False


TENANT = Column("tenant", "int32", "number of the tenant")
DAY = Column("day", "date", "day of `at` in UTC")

EVENT = (
    TENANT,
    DAY,
    Column("shard", "int32", "shard of the tenant; `seq` counts in it"),
    Column("seq", "int64", "number of the unit: (shard, seq) is unique"),
    Column("at", "timestamp", "when, by the tenant's clock"),
    Column("scene", "int32", "number of the scene; 0: outside every scene"),
    Column("action", "string", "action of the pack, or the name of what happened: `offer.shown`"),
    Column("subject", "string", "what it was about: `meal:m-1`, `customer:ann`"),
    Column("actor", "string", "who did it, role and reference: `diner:ann`, `clock:clock`"),
    Column("facts", "string", "JSON as it was committed; money is a string in major units there"),
)
"""One row for each committed unit, of the table `event`."""

POSTING = (
    TENANT,
    DAY,
    Column("shard", "int32", "shard of the tenant"),
    Column("seq", "int64", "number of the unit, as that of its event: (shard, seq, n) is unique"),
    Column("n", "int32", "place within the unit"),
    Column("at", "timestamp", "when, by the tenant's clock"),
    Column("debit", "int64", "account that gives; `account.id`"),
    Column("credit", "int64", "account that gets; `account.id`"),
    Column("amount", "int64", "minor units, above zero"),
    Column("currency", "string", "ISO 4217"),
    Column("kind", "string", "post, hold, capture or void: only post and capture move money"),
    Column("debit_balance", "int64", "posted after it; null where no money moves", null=True),
    Column("credit_balance", "int64", "posted after it; null where no money moves", null=True),
    Column("hold", "string", "number of the hold that it is of", null=True),
    Column("scene", "int32", "number of the scene; 0: outside every scene"),
    Column("flow", "string", "the pack's flow, or the name of what moved it"),
)
"""One row for each transfer of the ledger; holds and their ends among them."""

ACCOUNT = (
    TENANT,
    Column("id", "int64", "number in the tenant; may be negative"),
    Column("scene", "int32", "number of the scene; 0: outside every scene"),
    Column("name", "string", "the pack's account"),
    Column("role", "string", "what the account is to the bank; empty: nothing more is said"),
    Column("kind", "string", "free, supervised or closed_loop"),
    Column("owner", "int64", "the party; `party.id`"),
    Column("currency", "string", "ISO 4217"),
)
"""Accounts of the ledger, without balances: those follow from the postings."""

SCENE = (
    TENANT,
    Column("id", "int32", "number of the scene"),
    Column("ref", "string", "its name in addresses"),
    Column("name", "string", "its name for people"),
    Column("pack", "string", "template"),
    Column("state", "string", "draft, sandbox, pilot, live, suspended or retired"),
    Column("terms", "int32", "number of the terms in force"),
    Column("profile", "string", "JSON: class, region, owner unit, level"),
    Column("created_at", "timestamp", "when it was drafted"),
    Column("live_at", "timestamp", "when it went live first", null=True),
)

PARTY = (
    TENANT,
    Column("id", "int64", "number of the party"),
    Column("ref", "string", "as actors and facts call it"),
    Column("kind", "string", "person, merchant, employer, device, bank…"),
    Column("customer", "int64", "the one customer behind parties of several scenes: the least of "
                                "their numbers; that of the party itself where it stands alone"),
    Column("created_at", "timestamp", "when it was registered"),
)  # fmt: skip
"""Parties, without names and profiles."""

ENROLMENT = (
    TENANT,
    Column("scene", "int32", "number of the scene"),
    Column("role", "string", "role of the pack"),
    Column("party", "int64", "`party.id`"),
    Column("active", "bool", "false: takes no part any more"),
    Column("since", "timestamp", "since when"),
)
"""Who takes part in which scene, as what."""

CONTRACT = (
    TENANT,
    Column("id", "string", "number of the contract"),
    Column("scene", "int32", "where it was opened"),
    Column("product", "string", "of the shelf"),
    Column("customer", "int64", "`party.id` of who opened it; 0 or less: nobody of a scene"),
    Column("amount", "int64", "minor units, where the product has a sum", null=True),
    Column("currency", "string", "ISO 4217"),
    Column("state", "string", "as the product's life calls it: open, ended…"),
    Column("opened_at", "timestamp", "when"),
    Column("ended_at", "timestamp", "when it was over", null=True),
)
"""Opened products."""

CONTRACT_ENTRY = (
    TENANT,
    Column("seq", "int64", "number of the unit that did it"),
    Column("scene", "int32", "where the contracts were opened; 0: outside every scene"),
    Column("product", "string", "of the shelf"),
    Column("currency", "string", "ISO 4217"),
    Column("what", "string", "what happened to them: drawn, fell_due, repaid…"),
    Column("principal", "int64", "minor units"),
    Column("interest", "int64", "minor units"),
    Column("penalty", "int64", "minor units"),
    Column("fee", "int64", "minor units"),
)
"""What happened to contracts: one row for each unit, scene, product and step, with its sums."""

OFFER = (
    TENANT,
    Column("id", "string", "number of the decision; `offer.id` in facts"),
    Column("scene", "int32", "where it was made"),
    Column("moment", "string", "moment of the pack or of the campaign"),
    Column("customer", "int64", "`party.id`"),
    Column("product", "string", "as the pack or the campaign calls it"),
    Column("channel", "string", "h5, app, push…; empty: not said"),
    Column("at", "timestamp", "when it was made"),
)
"""Decisions in which something was offered. What became of them is in the log: `offer.answered`."""

BENEFIT = (
    TENANT,
    Column("offer", "string", "`offer.id`"),
    Column("scene", "int32", "where the decision was made; 0: outside every scene"),
    Column("seq", "int64", "number of the unit in which the line paid"),
    Column("amount", "int64", "minor units"),
    Column("currency", "string", "ISO 4217"),
)
"""Benefits that were taken and paid for."""

REFERRAL = (
    TENANT,
    Column("scene", "int32", "number of the scene"),
    Column("customer", "int64", "who came; `party.id`"),
    Column("referrer", "int64", "who had asked; `party.id`; 0: nobody can say any more"),
    Column("at", "timestamp", "when that was said"),
)
"""Who came into a scene by a code of another customer."""

APPLICATION = (
    TENANT,
    Column("id", "string", "number of the application"),
    Column("scene", "int32", "where it was begun"),
    Column("customer", "int64", "`party.id`"),
    Column("product", "string", "of the shelf"),
    Column("state", "string", "begun, approved, refused, referred, confirmed, done, given_up, expired"),
    Column("offer", "string", "the offer that it names", null=True),
    Column("contract", "string", "what came of it", null=True),
    Column("began_in", "string", "channel"),
    Column("ended_in", "string", "channel", null=True),
    Column("begun_at", "timestamp", "when it was begun"),
    Column("ended_at", "timestamp", "when it was over", null=True),
)  # fmt: skip

APPLICATION_STEP = (
    TENANT,
    Column("application", "string", "`application.id`"),
    Column("n", "int32", "place within the application"),
    Column("step", "string", "begun, decided, joined, confirmed, done…"),
    Column("channel", "string", "where it was taken; manager: by the bank's people"),
    Column("at", "timestamp", "when"),
)

LOG: dict[str, tuple[Column, ...]] = {"event": EVENT, "posting": POSTING}
"""What is exported by position, by tenant and day."""

SNAPSHOTS: dict[str, tuple[Column, ...]] = {
    "tenant": (
        Column("tenant", "int32", "number of the tenant"),
        Column("ref", "string", "its name in addresses"),
        Column("name", "string", "its name for people"),
        Column("shard", "int32", "where its log is"),
        Column("parent", "int32", "the tenant above it", null=True),
        Column("level", "int32", "depth in the tree, 0 to 3"),
        Column("zone", "string", "time zone of its days: Asia/Shanghai"),
        Column("region", "string", "country of its holidays"),
        Column("currency", "string", "ISO 4217"),
        Column("sandbox", "bool", "true: nothing in it is real"),
        Column("created_at", "timestamp", "when it was made"),
    ),
    "account": ACCOUNT,
    "scene": SCENE,
    "party": PARTY,
    "enrolment": ENROLMENT,
    "contract": CONTRACT,
    "contract_entry": CONTRACT_ENTRY,
    "offer": OFFER,
    "benefit": BENEFIT,
    "referral": REFERRAL,
    "application": APPLICATION,
    "application_step": APPLICATION_STEP,
}
"""What is written whole, one file for each tenant."""

KINDS = {**LOG, **SNAPSHOTS}
