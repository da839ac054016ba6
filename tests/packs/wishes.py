"""Every product that a pack mounts, as a customer of the pack asks for it: what differs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from enscene.shelf import LENDS, Product, standard_shelf
from packs.asked import Asked
from packs.open_scene import Story, open_story, pack_of

Act = tuple[str, str, dict[str, Any]]
"""By whom, the action, what is given."""

_CAR_OFFERED: tuple[Act, ...] = (
    ("ann", "bring_money", {"amount": "60000.00"}),
    ("dealer", "offer_car", {"purchase": "P1", "owner": "ann", "model": "家用轿车", "vin": "L1",
                             "price": "60000.00"}),
)  # fmt: skip
_CAR_OWNED: tuple[Act, ...] = (
    *_CAR_OFFERED,
    ("ann", "pay_car", {"purchase": "P1"}),
    ("dealer", "hand_over", {"purchase": "P1", "plate": "A1"}),
)
_HOME: tuple[Act, ...] = (("ann", "agree_auto_pay", {"home": "H1", "company": "company"}),)
_BILL: tuple[Act, ...] = (
    ("company", "issue_bill", {"bill": "B1", "home": "H1", "owner": "ann", "period": "2026-Q1",
                               "amount": "1200.00"}),
)  # fmt: skip
_MEMBERSHIP: tuple[Act, ...] = (
    ("ann", "order_membership", {"membership": "M1", "studio": "studio", "title": "健身年卡",
                                 "price": "3600.00", "months": 12}),
)  # fmt: skip
_VISIT: tuple[Act, ...] = (
    ("ann", "authorise", {"medical_card": "M1", "use_credit": True}),
    ("ann", "register", {"visit": "V1", "hospital": "hospital", "medical_card": "M1",
                         "kind": "inpatient"}),
    ("hospital", "order", {"visit": "V1", "charge": "C1", "step": "ward", "price": "2990.00"}),
    ("hospital", "end_visit", {"visit": "V1"}),
)  # fmt: skip
_LESSONS: tuple[Act, ...] = (
    ("bank", "admit_merchant", {"admission": "A1", "merchant": "merchant", "trade": "培训"}),
    ("ann", "place_order", {"order": "O1", "admission": "A1", "title": "英语课程",
                            "price": "6000.00", "months": 6, "stages": 4}),
    ("ann", "file_evidence", {"order": "O1", "document": "D1", "kind": "purchase_contract",
                              "age": 35, "student": False, "income": "9000.00"}),
    ("bank", "verify_evidence", {"document": "D1"}),
)  # fmt: skip
_FAMILY: tuple[Act, ...] = (
    ("ann", "bring_money", {"amount": "30000.00"}),
    ("ann", "book_stay", {"stay": "S1", "care_centre": "care_centre", "price": "30000.00",
                          "arrives": "2026-03-10"}),
    ("care_centre", "open_record", {"family": "F1", "stay": "S1", "due": "2026-03-12"}),
)  # fmt: skip
_MEAL: tuple[Act, ...] = (
    ("ann", "top_up", {"amount": "100.00"}),
    ("terminal", "pay_by_code", {"ticket": "T1", "diner": "ann", "price": "12.00"}),
)
_TRIP: tuple[Act, ...] = (
    ("ann", "book_package", {"booking": "B1", "site": "site", "title": "海边三日",
                             "price": "3600.00", "departs": "2026-12-01",
                             "returns": "2026-12-05"}),
)  # fmt: skip
_DISTRICT: tuple[Act, ...] = (
    ("ann", "bring_money", {"amount": "5000.00"}),
    ("merchant", "join", {"store": "S1", "title": "四季衣橱", "category": "clothing",
                          "lat_e5": 3125000, "lon_e5": 12147000, "area": "wtw3s"}),
    ("bank", "admit_store", {"store": "S1"}),
    ("ann", "place_order", {"order": "O1", "store": "S1", "price": "3600.00"}),
    ("ann", "pay_online", {"order": "O1"}),
)  # fmt: skip
_REFUNDED: Act = ("merchant", "refund_order", {"order": "O1"})

CHILD = {"born": "2013-05-01"}
"""What turns out of a customer who is not eligible after all: every product with conditions asks
for an age."""


@dataclass(frozen=True)
class Mounted:
    """`about` is what it is asked for, which `before` has brought about. `ended` ends that thing,
    for a product that anybody may have. `again` is what a second application for the same is told."""

    pack: str
    product: str
    about: tuple[str, str]
    before: tuple[Act, ...]
    amount: str | None = None
    ended: Act | None = None
    again: str = ""
    wish: dict[str, Any] = field(default_factory=dict)

    @property
    def shelf(self) -> Product:
        return standard_shelf().products[pack_of(self.pack).products[self.product].shelf]

    @property
    def lends(self) -> bool:
        return self.shelf.kind in LENDS

    async def ask(self, story: Story) -> Asked:
        """By ann, who may have it."""
        return await story.ask("ann", self.product, *self.about, amount=self.amount, **self.wish)

    async def opened(self, story: Story) -> str:
        """By ann, signed: the id of the contract."""
        asked = await self.ask(story)
        await asked.decide()
        assert await asked.sign(await asked.code()) == "done", asked.why
        return asked.contract

    async def lose(self, story: Story) -> str:
        """What she was found fit for is so no more; the code that says it."""
        if self.ended is None:
            await story.know("ann", **CHILD)
            return "no_longer_eligible"
        await _play(story, self.ended)
        return "fact_goes_on"


MOUNTED = (
    Mounted("business_district", "coupon", ("order", "O1"), _DISTRICT, ended=_REFUNDED),
    Mounted("business_district", "monthly_card", ("order", "O1"), _DISTRICT, ended=_REFUNDED),
    Mounted("business_district", "instalment", ("order", "O1"), _DISTRICT, again="fact_not_used"),
    Mounted("car_owner", "car_loan", ("purchase", "P1"), _CAR_OFFERED, again="thing.wrong_state",
            wish={"income": "30000.00"}),
    Mounted("car_owner", "car_insurance", ("car", "A1"), _CAR_OWNED, amount="60000.00"),
    Mounted("car_owner", "etoll", ("car", "A1"), _CAR_OWNED,
            ended=("ann", "sell_car", {"plate": "A1"})),
    Mounted("community", "property_fee", ("bill", "B1"), _BILL,
            ended=("company", "cancel_bill", {"bill": "B1"})),
    Mounted("community", "household_insurance", ("mandate", "H1"), _HOME, amount="100000.00"),
    Mounted("community", "wealth_flex", ("mandate", "H1"), _HOME, amount="5000.00"),
    Mounted("community", "instalment", ("membership", "M1"), _MEMBERSHIP,
            again="thing.wrong_state"),
    Mounted("hospital", "medical_credit", ("visit", "V1"), _VISIT, amount="3000.00",
            again="lend.has_line"),
    Mounted("instalment", "loan", ("order", "O1"), _LESSONS, again="thing.wrong_state"),
    Mounted("mother_and_baby", "baby_insurance", ("family", "F1"), _FAMILY, amount="100000.00"),
    Mounted("mother_and_baby", "education_saving", ("family", "F1"), _FAMILY, amount="1000.00"),
    Mounted("smart_canteen", "auto_topup", ("meal", "T1"), _MEAL,
            ended=("canteen", "refund_meal", {"ticket": "T1"})),
    Mounted("travel", "instalment", ("booking", "B1"), _TRIP, again="fact_not_used"),
    Mounted("travel", "temporary_limit", ("booking", "B1"), _TRIP, amount="3000.00",
            again="lend.has_line"),
    Mounted("travel", "delay_insurance", ("booking", "B1"), _TRIP, amount="2000.00",
            ended=("ann", "cancel_booking", {"booking": "B1"})),
)  # fmt: skip


async def _play(story: Story, act: Act) -> None:
    by, action, given = act
    done = await story.do(action, by, **given)
    assert isinstance(done, dict), (action, done)


@asynccontextmanager
async def open_mounted(pool: Any, mounted: Mounted) -> AsyncIterator[Story]:
    """Ann and Bob are customers of the pack, everybody else is called by the role. The bank knows
    Ann, she has money there, and what she will ask for is there."""
    pack = pack_of(mounted.pack)
    (person,) = (name for name, party in pack.parties.items() if party.is_a == "person")
    others = {name: party for name, party in pack.parties.items() if name != person}
    parties = {"ann": person, "bob": person} | {name: name for name in others}
    bound = {name: party.bound_to for name, party in others.items() if party.bound_to}
    links = {"works_for": [("ann", "sponsor")]} if mounted.pack == "smart_canteen" else None
    async with open_story(pool, mounted.pack, parties, {}, bound=bound, links=links) as story:
        await story.know("ann", born="1990-05-01", customer_since="2019-01-01", risk_level=2)
        await story.pay_in("ann", "20000.00")
        for act in mounted.before:
            await _play(story, act)
        yield story
