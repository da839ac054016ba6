"""The form of a plan of prices: what was typed, rows added and taken away, the plan it makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Literal, TypeAlias, TypeVar, cast

import msgspec

from enscene.billing import Charge, Coupon, Item, PlanBody, Shares, Tier
from enscene.billing.plan import amount
from enscene.kernel.clock import parse_day
from enscene.kernel.errors import Invalid
from enscene.kernel.money import Portion, format_money, parse_money
from enscene.web.meter_words import MeterWords

Draft: TypeAlias = dict[str, Any]
"""What stands in the fields, as typed: texts by name, and rows of `items`, `charges` (with `tiers`)
and `coupons`."""
Faults: TypeAlias = dict[str, Invalid]
"""What is wrong, by the name of the field."""

PLAIN = ("payer", "title", "starts", "subscription", "minimum", "bank", "vendor", "vendor_ref")
ROWS = {
    "items": ("name", "title", "price", "quantity", "period", "bank", "vendor", "vendor_ref"),
    "charges": ("name", "title", "meter", "kind", "mode", "per", "free", "starts", "bank",
                "vendor", "vendor_ref"),
    "coupons": ("code", "off", "first", "until"),
    "tiers": ("up_to", "price", "flat"),
}  # fmt: skip
MOST = {"items": 30, "charges": 30, "coupons": 20, "tiers": 20}
"""So many rows fit into a form; a plan may have more, by the API."""
TYPED_MOST = 120
PERIODS, KINDS, MODES = ("month", "quarter", "year"), ("traffic", "data"), ("graduated", "volume")
_FIELD = re.compile(r"(items|charges|coupons)\.([0-9]{1,3})\.(?:tiers\.([0-9]{1,3})\.)?([a-z_]+)")
_T = TypeVar("_T")
_REF = re.compile(r"[a-z][a-z0-9-]{1,31}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


def read_draft(form: Iterable[tuple[str, str]]) -> Draft:
    """What the form holds; rows that are not there close up."""
    draft = blank_draft()
    rows: dict[str, dict[int, Draft]] = {"items": {}, "charges": {}, "coupons": {}}
    for name, value in form:
        # What cannot be printed has no place in a title, and some of it none in the database.
        text = "".join(filter(str.isprintable, value)).strip()[:TYPED_MOST]
        if name in PLAIN:
            draft[name] = text
        elif found := _FIELD.fullmatch(name):
            group, row, tier, field = found.groups()
            if field not in ROWS["tiers" if tier else group] or (tier and group != "charges"):
                continue
            own = rows[group].setdefault(int(row), blank_row(group))
            if tier:
                own["tiers"].setdefault(int(tier), blank_row("tiers"))[field] = text
            else:
                own[field] = text
    for group, found_rows in rows.items():
        draft[group] = [row for _, row in sorted(found_rows.items())][: MOST[group]]
    for charge in draft["charges"]:
        tiers = [row for _, row in sorted(charge["tiers"].items())][: MOST["tiers"]]
        charge["tiers"] = tiers or [blank_row("tiers")]
    return draft


def blank_draft() -> Draft:
    """An empty form."""
    return {**dict.fromkeys(PLAIN, ""), "items": [], "charges": [], "coupons": []}


def blank_row(group: str) -> Draft:
    """An empty row; the tiers of a charge are gathered by their places first."""
    row: Draft = dict.fromkeys(ROWS[group], "")
    return row | {"tiers": {}} if group == "charges" else row


def change_rows(draft: Draft, what: str) -> bool:
    """Add or take away a row: `add.items`, `add.tiers.0`, `drop.charges.1`, `drop.tiers.0.2`;
    False where it is neither."""
    verb, _, rest = what.partition(".")
    group, *places = rest.split(".")
    if verb not in ("add", "drop") or group not in ROWS or not all(map(_is_place, places)):
        return False
    rows, numbers = draft.get(group), [int(place) for place in places]
    if group == "tiers":
        if not numbers or numbers[0] >= len(draft["charges"]):
            return False
        rows = draft["charges"][numbers.pop(0)]["tiers"]
    assert rows is not None
    if verb == "drop":
        if len(numbers) != 1 or numbers[0] >= len(rows):
            return False
        del rows[numbers[0]]
        if group == "tiers" and not rows:
            rows.append(blank_row("tiers"))
    elif len(rows) < MOST[group]:
        row = blank_row(group)
        rows.append(row | {"tiers": [blank_row("tiers")]} if group == "charges" else row)
    return True


def draft_of(body: PlanBody, meters: Mapping[str, MeterWords]) -> Draft:
    """The form of a plan that is there, to propose another like it."""
    draft = blank_draft()
    draft |= {"title": body.title, "subscription": body.subscription, "minimum": body.minimum}
    draft |= _shares_typed(body.shares)
    draft["items"] = [
        {"name": item.name, "title": item.title or "", "price": item.price,
         "quantity": str(item.quantity), "period": item.period, **_shares_typed(item.shares)}
        for item in body.items
    ]  # fmt: skip
    draft["charges"] = [
        _charge_typed(charge, meters.get(charge.meter, MeterWords(charge.meter)))
        for charge in body.charges
    ]
    draft["coupons"] = [
        {"code": each.code, "off": each.percent or each.amount or "",
         "first": _day_typed(each.first), "until": _day_typed(each.until)}
        for each in body.coupons
    ]  # fmt: skip
    return draft


def _charge_typed(charge: Charge, own: MeterWords) -> Draft:
    def typed(quantity: int) -> str:
        return str(quantity) if own.currency is None else format_money(quantity, own.currency)

    tiers = [
        {"up_to": "" if tier.up_to is None else typed(tier.up_to), "price": tier.price,
         "flat": "" if tier.flat == "0" else tier.flat}
        for tier in charge.tiers
    ]  # fmt: skip
    return {
        "name": charge.name, "title": charge.title or "", "meter": charge.meter,
        "kind": charge.kind, "mode": charge.mode, "per": typed(charge.per),
        "free": typed(charge.free) if charge.free else "", "starts": _day_typed(charge.starts),
        "tiers": tiers, **_shares_typed(charge.shares),
    }  # fmt: skip


def _shares_typed(shares: Shares | None) -> Draft:
    return {
        "bank": shares.bank if shares else "", "vendor": shares.vendor if shares else "",
        "vendor_ref": shares.whose if shares else "",
    }  # fmt: skip


def _day_typed(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def read_plan(
    draft: Draft, currency: str, meters: Mapping[str, MeterWords]
) -> tuple[PlanBody | None, date | None, Faults]:
    """The plan that the form makes and its first day; None with everything that is wrong.
    Quantities of a meter that sums money are typed as money."""
    reader = _Reader(currency, meters)
    starts = reader.day("starts", draft["starts"], needed=True)
    body = reader.plan(draft)
    if not reader.faults:
        try:
            body = msgspec.convert(msgspec.to_builtins(body), PlanBody)
            body.check()
        except Invalid as error:
            reader.faults[field_of(error.param)] = error
        except msgspec.ValidationError as error:
            at = field_of(str(error).partition("`$.")[2].rstrip("`"))
            reader.faults[at] = Invalid(str(error), code="billing.unfit")
    return (None if reader.faults else body), starts, reader.faults


def field_of(param: str | None) -> str:
    """The field that `charges[0].tiers[1].up_to` is about: `charges.0.tiers.1.up_to`."""
    at = re.sub(r"\[([0-9]+)\]", r".\1", param or "")
    if at.startswith("coupons.") and (at.count(".") == 1 or at.endswith((".amount", ".percent"))):
        return ".".join(at.split(".")[:2]) + ".off"
    return re.sub(r"shares$", "bank", at)


class _Reader:
    """Reads fields, and goes on where one is wrong: all faults are told at once."""

    def __init__(self, currency: str, meters: Mapping[str, MeterWords]) -> None:
        self.currency = currency
        self.meters = meters
        self.faults: Faults = {}

    def plan(self, draft: Draft) -> PlanBody:
        names: set[str] = set()
        return PlanBody(
            title=self.needed("title", draft["title"]),
            currency=self.currency,
            subscription=self.money("subscription", draft["subscription"] or "0"),
            items=[self.item(f"items.{n}", row, names) for n, row in enumerate(draft["items"])],
            charges=[
                self.charge(f"charges.{n}", row, names) for n, row in enumerate(draft["charges"])
            ],
            coupons=[self.coupon(f"coupons.{n}", row) for n, row in enumerate(draft["coupons"])],
            minimum=self.money("minimum", draft["minimum"] or "0"),
            shares=self.shares("", draft),
        )

    def item(self, at: str, row: Draft, names: set[str]) -> Item:
        title = self.needed(f"{at}.title", row["title"] or row["name"])
        period = self.choice(f"{at}.period", row["period"] or "month", PERIODS)
        return Item(
            name=_named(row, title, "item", names),
            price=self.money(f"{at}.price", self.needed(f"{at}.price", row["price"]) or "0"),
            quantity=self.count(f"{at}.quantity", row["quantity"] or "1", 1, 10**6),
            period=cast("Literal['month', 'quarter', 'year']", period),
            shares=self.shares(f"{at}.", row),
            title=title if title != row["name"] else None,
        )

    def charge(self, at: str, row: Draft, names: set[str]) -> Charge:
        own = self.meters.get(row["meter"], MeterWords(row["meter"]))
        self.needed(f"{at}.meter", row["meter"])
        return Charge(
            name=_named(row, row["meter"].replace(".", "_"), "charge", names),
            meter=row["meter"],
            tiers=[
                self.tier(f"{at}.tiers.{n}", tier, own, is_last=n == len(row["tiers"]) - 1)
                for n, tier in enumerate(row["tiers"])
            ],
            kind=cast("Literal['traffic', 'data']",
                      self.choice(f"{at}.kind", row["kind"] or "traffic", KINDS)),
            mode=cast("Literal['graduated', 'volume']",
                      self.choice(f"{at}.mode", row["mode"] or "graduated", MODES)),
            per=self.quantity(f"{at}.per", row["per"], own, 1, 10**9, usual=1),
            free=self.quantity(f"{at}.free", row["free"], own, 0, 10**15),
            starts=self.day(f"{at}.starts", row["starts"]),
            shares=self.shares(f"{at}.", row),
            title=row["title"] or None,
        )  # fmt: skip

    def tier(self, at: str, row: Draft, own: MeterWords, *, is_last: bool) -> Tier:
        up_to = None
        if row["up_to"] or not is_last:
            text = self.needed(f"{at}.up_to", row["up_to"])
            up_to = self.quantity(f"{at}.up_to", text, own, 1, 10**15)
        return Tier(
            price=self.money(f"{at}.price", self.needed(f"{at}.price", row["price"]) or "0"),
            up_to=up_to,
            flat=self.money(f"{at}.flat", row["flat"] or "0"),
        )

    def coupon(self, at: str, row: Draft) -> Coupon:
        off = self.needed(f"{at}.off", row["off"])
        is_part = "%" in off or "/" in off
        return Coupon(
            code=self.needed(f"{at}.code", row["code"]),
            percent=off if is_part else None,
            amount=None if is_part else self.money(f"{at}.off", off or "0"),
            first=self.day(f"{at}.first", row["first"]),
            until=self.day(f"{at}.until", row["until"]),
        )

    def needed(self, at: str, text: str) -> str:
        if not text:
            self.faults[at] = Invalid("this is missing", code="billing.missing", param=at)
        return text

    def money(self, at: str, text: str) -> str:
        plain = text.replace(",", "").replace("，", "").lstrip("¥￥").strip()
        self._tried(at, lambda: amount(plain, self.currency, at))
        return plain

    def count(self, at: str, text: str, least: int, most: int) -> int:
        plain = text.replace(",", "").replace("，", "")
        fits = _is_place(plain, 16) and least <= int(plain) <= most
        if not fits:
            self.faults[at] = Invalid(
                "a whole number", code="billing.count", param=at,
                facts={"least": f"{least:,}", "most": f"{most:,}"},
            )  # fmt: skip
        return int(plain) if fits else least

    def quantity(
        self, at: str, text: str, own: MeterWords, least: int, most: int, *, usual: int = 0
    ) -> int:
        coin = own.currency
        if not text:
            return usual
        if coin is None:
            return self.count(at, text, least, most)
        plain = text.replace(",", "").lstrip("¥￥").strip()
        minor = self._tried(at, lambda: parse_money(plain, coin, param=at))
        if minor is not None and not least <= minor <= most:
            self.faults[at] = Invalid("too small or too large", code="billing.quantity", param=at)
        return least if minor is None else minor

    def day(self, at: str, text: str, *, needed: bool = False) -> date | None:
        if not text and not needed:
            return None
        return self._tried(at, lambda: parse_day(text, param=at))

    def choice(self, at: str, text: str, choices: Iterable[str]) -> str:
        if text not in choices:
            self.faults[at] = Invalid("choose one", code="billing.choice", param=at)
        return text

    def shares(self, at: str, row: Draft) -> Shares | None:
        if not any(row[name] for name in ("bank", "vendor", "vendor_ref")):
            return None
        bank, vendor = (self._portion(f"{at}{name}", row[name]) for name in ("bank", "vendor"))
        whose = str(row["vendor_ref"])
        if whose and not _REF.fullmatch(whose):
            self.faults[f"{at}vendor_ref"] = Invalid(
                "there is no such vendor", code="vendor.not_admitted", param=f"{at}vendor_ref"
            )
        return Shares(bank=bank, vendor=vendor, vendor_ref=whose or msgspec.UNSET)

    def _portion(self, at: str, text: str) -> str:
        plain = f"{text}%" if text and not set("%/") & set(text) else text or "0%"
        self._tried(at, lambda: Portion.parse(plain, param=at))
        return plain

    def _tried(self, at: str, work: Callable[[], _T]) -> _T | None:
        try:
            return work()
        except Invalid as error:
            self.faults.setdefault(at, error)
            return None


def _is_place(text: str, most: int = 3) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= most


def _named(row: Draft, text: str, kind: str, names: set[str]) -> str:
    """The name that a line keeps: the one it had, or one made of its title or meter."""
    name = str(row["name"])
    if not _NAME.fullmatch(name):
        name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_0123456789")[:40]
        name = name if _NAME.fullmatch(name) else kind
    found, n = name, 1
    while found in names:
        n += 1
        found = f"{name[:40]}_{n}"
    names.add(found)
    return found
