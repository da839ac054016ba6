"""The form of a campaign: what was typed, rows added and taken away, and the campaign it makes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

import msgspec

from enscene.engagement.campaigns import CampaignBody
from enscene.engagement.campaigns.campaign import PATTERNS
from enscene.engagement.campaigns.contact_rules import CHANNELS
from enscene.kernel.errors import Invalid
from enscene.web.campaign_yaml import convert_body

Draft: TypeAlias = dict[str, Any]
"""What stands in the fields, as typed: texts by name, and rows of `offers` and `moments`."""
Faults: TypeAlias = dict[str, Invalid]
"""What is wrong, by the name of the field."""

PLAIN = (
    "ref",
    "title_zh",
    "title_en",
    "owner",
    "line",
    "purpose",
    "starts",
    "ends",
    "budget",
    "holdout",
)
OFFER = ("name", "title_zh", "title_en", "reason_zh", "reason_en", "product", "benefit", "gives", "kind",
         "value", "cost", "lever", "expected")  # fmt: skip
MOMENT = ("name", "pattern", "at_least", "within", "only", "field", "side", "amount", "if",
          "tolerance")  # fmt: skip
LISTS = {"offers": ("channels",), "moments": ("event", "without", "offer")}
MOST = 20
EVENTS, WITHOUTS = 5, 2
"""So many events fit into the fields of a moment; more can be written as YAML."""
FORM_PATTERNS = tuple(name for name in PATTERNS if name != "enters")
TYPED_MOST, SOURCE_MOST, YAML_MOST = 200, 1_000, 64_000
_SOURCES = ("if", "only")
_FIELD = re.compile(r"(offers|moments)\.([0-9]{1,2})\.([a-z_]+)(?:\.([a-z0-9]{1,12}))?")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
_HELD = {"after": "", "count": "of", "sum": "of", "sequence": "steps", "absent": "after", "crosses": "of"}  # fmt: skip


def blank_draft() -> Draft:
    """An empty form: one offer and one moment at which it is said."""
    draft: Draft = {**dict.fromkeys(PLAIN, ""), "offers": [blank_row("offers")], "moments": []}
    draft |= {"purpose": "activate", "holdout": "10"}
    draft["moments"].append(blank_row("moments") | {"offer": [0]})
    return draft


def blank_row(group: str) -> Draft:
    """An empty row."""
    if group == "offers":
        return {**dict.fromkeys(OFFER, ""), "kind": "offer", "expected": "5", "channels": ["h5"]}
    row: Draft = {**dict.fromkeys(MOMENT, ""), "pattern": "after", "within": "7d", "side": "above"}
    return row | {"event": [""] * EVENTS, "without": [""] * WITHOUTS, "offer": []}


def read_draft(form: Iterable[tuple[str, str]]) -> Draft:
    """What the form holds; rows that are not there close up, and moments follow their offers."""
    draft: Draft = {**dict.fromkeys(PLAIN, ""), "offers": [], "moments": []}
    rows: dict[str, dict[int, Draft]] = {"offers": {}, "moments": {}}
    for name, value in form:
        if name in PLAIN:
            draft[name] = _typed(value, TYPED_MOST)
        elif found := _FIELD.fullmatch(name):
            _read_cell(rows, found, value)
    offers, moments = sorted(rows["offers"].items()), sorted(rows["moments"].items())
    places = {number: place for place, (number, _) in enumerate(offers[:MOST])}
    draft["offers"] = [row for _, row in offers[:MOST]]
    draft["moments"] = [row for _, row in moments[:MOST]]
    for row in draft["moments"]:
        row["offer"] = sorted({places[number] for number in row["offer"] if number in places})
    return draft


def _read_cell(rows: dict[str, dict[int, Draft]], found: re.Match[str], value: str) -> None:
    group, number, field, part = found.groups()
    known = (OFFER if group == "offers" else MOMENT) if part is None else LISTS[group]
    if field not in known:
        return
    blank = blank_row(group) | {"channels": []} if group == "offers" else blank_row(group)
    row = rows[group].setdefault(int(number), blank)
    if part is None:
        row[field] = _typed(value, SOURCE_MOST if field in _SOURCES else TYPED_MOST)
    elif field == "channels":
        if part in CHANNELS and part not in row[field]:
            row[field].append(part)
    elif part.isdigit() and len(part) <= 2:
        if field == "offer":
            row[field].append(int(part))
        elif int(part) < len(row[field]):
            row[field][int(part)] = _typed(value, TYPED_MOST)


def _typed(value: str, most: int) -> str:
    # What cannot be printed has no place in a title, and some of it none in the database.
    return "".join(c if c.isprintable() else " " for c in value if c != "\x00").strip()[:most]


def change_rows(draft: Draft, what: str) -> bool:
    """Add or take away a row: `add.offers`, `drop.moments.1`; False where it is neither."""
    verb, _, rest = what.partition(".")
    group, _, place = rest.partition(".")
    if group not in LISTS or verb not in ("add", "drop"):
        return False
    rows = draft[group]
    if verb == "add":
        if not place and len(rows) < MOST:
            rows.append(blank_row(group))
        return not place
    if not (place.isascii() and place.isdigit() and len(place) <= 2 and int(place) < len(rows)):
        return False
    del rows[int(place)]
    if group == "offers":
        for moment in draft["moments"]:
            moment["offer"] = [n - (n > int(place)) for n in moment["offer"] if n != int(place)]
    return True


def draft_of(ref: str, body: CampaignBody) -> Draft | None:
    """The form of a campaign; None where it says what the form has no field for."""
    names = list(body.offers)
    draft: Draft = {
        "ref": ref, "title_zh": body.title.zh, "title_en": body.title.en, "owner": body.owner,
        "line": body.line, "purpose": body.purpose, "starts": body.starts.isoformat(),
        "ends": body.ends.isoformat(), "budget": "" if body.budget == "0" else body.budget,
        "holdout": f"{body.holdout / 10:g}",
        "offers": [], "moments": [],
    }  # fmt: skip
    for name, offer in body.offers.items():
        draft["offers"].append(
            {"name": name, "title_zh": offer.title.zh, "title_en": offer.title.en,
             "reason_zh": offer.reason.zh, "reason_en": offer.reason.en,
             "product": offer.product or "", "benefit": offer.benefit or "",
             "gives": offer.gives or "", "kind": offer.kind,
             "value": "" if offer.value == "0" else offer.value,
             "cost": "" if offer.cost == "0" else offer.cost,
             "lever": "" if offer.lever == 1 else f"{offer.lever:g}",
             "expected": f"{offer.expected * 100:.6g}", "channels": list(offer.channels)}
        )  # fmt: skip
    for name, moment in body.moments.items():
        pattern, held = moment.pattern
        if pattern == "enters":
            return None
        events = held if pattern == "after" else getattr(held, _HELD[pattern])
        without = getattr(held, "without", ())
        if len(events) > EVENTS or len(without) > WITHOUTS:
            return None
        below = getattr(held, "below", None)
        row = blank_row("moments") | {
            "name": name, "pattern": pattern, "if": moment.only_if or "",
            "tolerance": "" if moment.tolerance == "10m" else moment.tolerance,
            "event": [*events, *[""] * (EVENTS - len(events))],
            "without": [*without, *[""] * (WITHOUTS - len(without))],
            "at_least": str(getattr(held, "at_least", "")), "only": getattr(held, "only", "") or "",
            "within": getattr(held, "within", "") or getattr(held, "span", "") or "7d",
            "field": getattr(held, "field", ""), "side": "above" if below is None else "below",
            "amount": getattr(held, "reaches", None) or below or getattr(held, "above", None) or "",
            "offer": [names.index(each) for each in moment.offer],
        }  # fmt: skip
        draft["moments"].append(row)
    return draft


def read_form(draft: Draft, currency: str) -> tuple[CampaignBody | None, dict[str, Any], Faults]:
    """The campaign that the form makes, or None with everything that is wrong; and its plain
    values as far as they are known."""
    reader = _Reader(currency)
    raw = reader.campaign(draft)
    if reader.faults:
        return None, raw, reader.faults
    try:
        body = convert_body(raw)
        body.check()
    except Invalid as error:
        return None, raw, {field_of(error.param, draft, raw): error}
    return body, raw, {}


def field_of(param: str | None, draft: Draft, raw: Mapping[str, Any]) -> str:
    """The field that `moments.lunch.count.of[1]` is about: `moments.0.event.1`."""
    head, *rest = re.sub(r"\[([0-9]+)\]", r".\1", param or "").split(".")
    if head not in LISTS or not rest:
        return "_".join([head, *rest]) if head == "title" else head if head in PLAIN else ""
    names = list(raw.get(head, {}))
    if rest[0] not in names or names.index(rest[0]) >= len(draft[head]):
        return head
    at, tail = f"{head}.{names.index(rest[0])}", rest[1:]
    if head == "offers":
        if not tail:
            return f"{at}.title_zh"
        return f"{at}.{'_'.join(tail[:2])}" if tail[0] in ("title", "reason") else f"{at}.{tail[0]}"
    return f"{at}.{_moment_field(tail)}"


def _moment_field(tail: list[str]) -> str:
    number = tail.pop() if tail and tail[-1].isdigit() else "0"
    last = tail[-1] if tail else "pattern"
    if last in ("of", "steps", "after"):
        return f"event.{number}"
    if last == "without":
        return f"without.{number}"
    if last in ("reaches", "below", "above", "crosses"):
        return "amount"
    if last == "span":
        return "within"
    return last if last in MOMENT or last == "offer" else "pattern"


class _Reader:
    """Reads fields, and goes on where one is wrong: all faults are told at once."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.faults: Faults = {}

    def campaign(self, draft: Draft) -> dict[str, Any]:
        names: set[str] = set()
        offers = [self.offer(f"offers.{n}", row, names) for n, row in enumerate(draft["offers"])]
        called: set[str] = set()
        moments = [
            self.moment(f"moments.{n}", row, called, [name for name, _ in offers])
            for n, row in enumerate(draft["moments"])
        ]
        for group, found in (("offers", offers), ("moments", moments)):
            if not found:
                self.missing(group)
        return {
            "title": {"zh": self.needed("title_zh", draft["title_zh"]),
                      "en": self.needed("title_en", draft["title_en"])},
            "owner": self.needed("owner", draft["owner"]),
            "line": self.name("line", draft["line"]),
            "purpose": draft["purpose"], "starts": self.needed("starts", draft["starts"]),
            "ends": self.needed("ends", draft["ends"]), "currency": self.currency,
            "budget": _plain(draft["budget"]) or "0",
            "holdout": self.share("holdout", draft["holdout"] or "0", 10, whole=True),
            "moments": dict(moments), "offers": dict(offers),
        }  # fmt: skip

    def offer(self, at: str, row: Draft, names: set[str]) -> tuple[str, dict[str, Any]]:
        found: dict[str, Any] = {
            part: {language: self.needed(f"{at}.{part}_{language}", row[f"{part}_{language}"])
                   for language in ("zh", "en")}
            for part in ("title", "reason")
        }  # fmt: skip
        for field in ("product", "benefit"):
            if row[field]:
                found[field] = self.name(f"{at}.{field}", row[field])
        found |= {
            "kind": row["kind"] or "offer", "value": _plain(row["value"]) or "0",
            "cost": _plain(row["cost"]) or "0", "channels": row["channels"],
        }  # fmt: skip
        if row["gives"]:
            found["gives"] = row["gives"]
        if row["lever"]:
            found["lever"] = self.share(f"{at}.lever", row["lever"], 1)
        found["expected"] = self.share(f"{at}.expected", row["expected"] or "5", 0.01)
        if not row["channels"]:
            self.missing(f"{at}.channels")
        return _named(row["name"], row["title_en"], "offer", names), found

    def moment(
        self, at: str, row: Draft, names: set[str], offers: list[str]
    ) -> tuple[str, dict[str, Any]]:
        pattern = row["pattern"]
        if pattern not in FORM_PATTERNS:
            self.faults[f"{at}.pattern"] = Invalid("choose one", code="billing.choice")
            pattern = "after"
        events = [each for each in row["event"] if each]
        if not events:
            self.missing(f"{at}.event.0")
        if pattern == "sequence" and len(events) < 2:
            self.missing(f"{at}.event.{len(events)}")
        if row["name"]:
            self.name(f"{at}.name", row["name"])
            if row["name"] in names:
                self.faults[f"{at}.name"] = Invalid("it is there twice", code="campaign.twice")
        found: dict[str, Any] = {"offer": [offers[n] for n in row["offer"]]}
        if not row["offer"]:
            self.missing(f"{at}.offer")
        found[pattern] = events if pattern == "after" else self.pattern(at, pattern, row, events)
        if row["if"]:
            found["if"] = row["if"]
        if row["tolerance"]:
            found["tolerance"] = row["tolerance"]
        return _named(row["name"], row["name"], "moment", names), found

    def pattern(self, at: str, name: str, row: Draft, events: list[str]) -> dict[str, Any]:
        held: dict[str, Any] = {_HELD[name]: events}
        if name == "absent":
            held["without"] = [each for each in row["without"] if each]
            if not held["without"]:
                self.missing(f"{at}.without.0")
        if name == "count":
            held["at_least"] = self.count(f"{at}.at_least", row["at_least"], 2, 50)
            if row["only"]:
                held["only"] = row["only"]
        if name in ("sum", "crosses"):
            held["field"] = self.needed(f"{at}.field", row["field"])
            amount = _plain(self.needed(f"{at}.amount", row["amount"]))
            side = row["side"] if row["side"] in ("below", "above") else "above"
            held["reaches" if name == "sum" else side] = amount
        if name != "crosses":
            span = self.needed(f"{at}.within", row["within"])
            held["span" if name == "absent" else "within"] = span
        return held

    def missing(self, at: str) -> None:
        self.faults.setdefault(at, Invalid("this is missing", code="billing.missing", param=at))

    def needed(self, at: str, text: str) -> str:
        if not text:
            self.missing(at)
        return text

    def name(self, at: str, text: str) -> str:
        if not text:
            self.missing(at)
        elif not _NAME.fullmatch(text):
            self.faults[at] = Invalid("small letters, digits and _", code="campaign.name", param=at)
        return text

    def count(self, at: str, text: str, least: int, most: int) -> int:
        fits = text.isascii() and text.isdigit() and len(text) < 6 and least <= int(text) <= most
        if not fits:
            self.faults[at] = Invalid(
                "a whole number", code="billing.count", param=at,
                facts={"least": least, "most": most},
            )  # fmt: skip
        return int(text) if fits else least

    def share(self, at: str, text: str, times: float, *, whole: bool = False) -> float:
        """A number that was typed, times so much; `whole` where that has to be a whole one."""
        try:
            typed = Decimal(text.rstrip("%％ "))
            number = typed * Decimal(str(times))
            if not number.is_finite() or abs(number) > 10**6 or (whole and number % 1):
                raise InvalidOperation
        except InvalidOperation:
            self.faults[at] = Invalid("a number", code="campaign.number", param=at)
            return 0
        return int(number) if whole else float(number)


def _plain(text: str) -> str:
    return text.replace(",", "").replace("，", "").lstrip("¥￥").strip()


def _named(name: str, title: str, kind: str, names: set[str]) -> str:
    """The name that a row keeps: the one it had, or one made of its title."""
    if not _NAME.fullmatch(name):
        name = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_0123456789")[:40]
        name = name if _NAME.fullmatch(name) else kind
    found, n = name, 1
    while found in names:
        n += 1
        found = f"{name[:40]}_{n}"
    names.add(found)
    return found


def ref_of(draft: Mapping[str, Any], taken: Iterable[str]) -> str:
    """The ref that was typed, or a free one made of the English title."""
    if draft["ref"]:
        return str(draft["ref"])
    return _named("", draft["title_en"], "campaign", set(taken))


def plain_of(body: msgspec.Struct) -> dict[str, Any]:
    """The plain values of a campaign, without what says nothing."""
    found: dict[str, Any] = _without_none(msgspec.to_builtins(body))
    return found


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(each) for key, each in value.items() if each is not None}
    return value
