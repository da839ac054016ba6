"""An application as pages show it, the same in a scene, in the mobile bank and in the console."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enscene.engagement.applications import (
    CALLS,
    CODE_LIFE,
    OPEN,
    Application,
    Word,
    find_product,
    missing_fields,
    needs_code,
    quote_of,
    tell_application,
    tell_reasons,
)
from enscene.engagement.applications.read_document import read_documents
from enscene.shelf.documents import Filled
from enscene.web.language import Texts
from enscene.web.render import money
from enscene.web.scene_words import tell_data, tell_fact, tell_source, tell_value

ASKED = ("born", "income")
"""Fields that a page may ask for, and that have a label of their own."""
SHOWN_FIELDS = ("name", "purpose", "amount", "months", "born", "income")


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """Ready for a template: texts in the reader's language, sums as people read them."""

    application: Application
    ref: str
    product: str
    says: str
    state: str
    summary: list[tuple[str, str]]
    filled: list[tuple[str, str, str]]
    fact: list[tuple[str, str]]
    missing: list[str]
    earlier: list[tuple[str, str]]
    amount: str
    least: str
    most: str
    months: list[int]
    documents: list[Filled]
    data: list[str]
    reasons: list[str]
    needs_code: bool
    minutes: int
    talk: list[tuple[str, str, Any]]

    @property
    def is_open(self) -> bool:
        return self.application.state in OPEN

    @property
    def can_call(self) -> bool:
        """Whether the customer may ask for a person."""
        return self.application.state in CALLS


def view_application(
    application: Application,
    t: Texts,
    talk: list[Word] | None = None,
    words: Mapping[str, str] | None = None,
    *,
    for_staff: bool = False,
) -> ApplicationView:
    """The view in the language of the texts. `words` are the scene's own, by which its fields are
    called."""
    scene = words or {}
    product = find_product(application.product)
    quote, currency, language = quote_of(application.quote), application.currency, t.language
    told = tell_application(application)
    return ApplicationView(
        application=application,
        ref=application.ref,
        product=product.texts[language].name,
        says=product.texts[language].says,
        state=application.state,
        summary=_summary(application, t),
        filled=_filled(told, t, for_staff=for_staff),
        fact=tell_fact((application.fact or {}).get("fields", {}), scene, t),
        missing=[n for n in missing_fields(quote.kind, application.fields) if n in ASKED],
        earlier=[
            (name, str(told["fields"][name]["value"]))
            for name in ASKED
            if application.fields.get(name, {}).get("from") == "earlier"
        ],
        amount=told["amount"] or "",
        least=money(quote.least, currency) if quote.least is not None and not quote.fixed else "",
        most=_most(application, currency),
        months=[] if quote.fixed else quote.months_choice,
        documents=read_documents(application, language),
        data=[tell_data(name, scene, t, for_staff=for_staff) for name in application.data],
        reasons=[r[language] for r in tell_reasons(application.reasons, currency)],
        needs_code=needs_code(quote.kind),
        minutes=int(CODE_LIFE.total_seconds()) // 60,
        talk=[
            (_author(word, t, for_staff=for_staff), _in_language(word, language), word.at)
            for word in talk or []
        ],
    )


def _most(application: Application, currency: str) -> str:
    """What may be asked for: no more than what it is for is worth."""
    most = quote_of(application.quote).most
    worth = (application.fact or {}).get("worth")
    if most is not None and isinstance(worth, int) and worth > 0:
        most = min(most, worth)
    return "" if most is None else money(most, currency)


def _summary(application: Application, t: Texts) -> list[tuple[str, str]]:
    """The price as lines."""
    quote, currency = quote_of(application.quote), application.currency
    lines: list[tuple[str, str]] = []
    if quote.amount is not None:
        lines.append((t("apply.amount"), money(quote.amount, currency)))
    if quote.months is not None:
        lines.append((t("apply.months"), t("apply.months_many", count=quote.months)))
    if quote.instalments:
        first = quote.instalments[0]
        each = money(first[1], currency)
        last = quote.instalments[-1][1]
        if last != first[1]:
            each += f" ({t('apply.instalment_last', amount=money(last, currency))})"
        lines += [
            (t("apply.instalment"), each),
            (t("apply.first_due"), first[0].isoformat()),
            (t("apply.interest"), money(quote.interest, currency)),
            (t("apply.pays"), money(quote.pays, currency)),
        ]
    if "rate" in quote.rates:
        lines.append((t("apply.rate"), f"{quote.rates['rate'] / 10_000:.2f}%"))
    if quote.premium is not None:
        lines.append((t("apply.premium"), money(quote.premium, currency)))
    if quote.fee:
        lines.append((t("apply.fee"), money(quote.fee, currency)))
    if quote.cost_ppm is not None:
        lines.append((t("apply.cost"), f"{quote.cost_ppm / 10_000:.2f}%"))
    return lines


def _filled(told: dict[str, Any], t: Texts, *, for_staff: bool) -> list[tuple[str, str, str]]:
    """(name, value, from where) of what is known; a claim is not."""
    but = ("amount", "months") if for_staff else ()
    found = []
    for name in SHOWN_FIELDS:
        field = told["fields"].get(name)
        if field is None or name in but or not str(field["value"]):
            continue
        value, label = tell_value(field["value"]), name
        if name == "months":
            value = t("apply.months_many", count=value)
        if name == "born" and field["from"] == "bank":
            label = "age"
        found.append(
            (t(f"fieldnames.{label}"), value, tell_source(field["from"], t, for_staff=for_staff))
        )
    return found


def _author(word: Word, t: Texts, *, for_staff: bool) -> str:
    if word.side == "customer":
        return t("work.customer") if for_staff else t("apply.you")
    return t("apply.assistant") if word.author == "assistant" else t("apply.manager")


def _in_language(word: Word, language: str) -> str:
    """What the machine says is kept in both languages, a line each."""
    if word.author != "assistant":
        return word.said
    zh, _, en = word.said.partition("\n")
    return en if language == "en" and en else zh
