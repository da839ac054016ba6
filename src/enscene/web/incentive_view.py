"""What pages and files say of incentives: figures, units and sums in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from enscene.kernel.money import format_money
from enscene.kernel.spreadsheet import write_csv
from enscene.operations.copying import ACCOUNT, Family
from enscene.operations.incentives import (
    COHORT,
    Measure,
    Rule,
    Run,
    Sum,
    Unit,
    figures,
    key_of,
    unit_of,
)
from enscene.operations.projects import format_value
from enscene.operations.scene_account import BY_NAME
from enscene.operations.teamwork import read_standard
from enscene.web.copy_view import figure_name
from enscene.web.language import Texts
from enscene.web.render import called, money

SHORT = ("users.active", "users.new", COHORT, "conversion.any_touch", "link.contracted")
"""Offered first: what scenes are most often agreed to be paid for."""


def names_of(t: Texts) -> dict[str, str]:
    """Every figure and what it is called; the usual ones first."""
    order = [*SHORT, *(each for each in figures() if each not in SHORT)]
    names = {each: figure_name(t, t.language, each) for each in order}
    often = Counter(names.values())
    of_account = f" · {t('account.title')}"
    return {
        each: name + (of_account if often[name] > 1 and each.startswith("account:") else "")
        for each, name in names.items()
    }


def unit_name(t: Texts, family: Family, unit: Unit) -> str:
    """Who a unit is."""
    if unit.kind == "branch":
        found = family.by_ref(unit.name)
        return called(found.name, t.language) if found is not None else unit.name
    if unit.kind == "department":
        of = next((u for name, u in read_standard().departments.items() if name == unit.name), None)
        return unit.name if of is None else (of.zh if t.language == "zh" else of.en)
    if unit.kind == "team":
        return f"{t('incentives.kinds.team')} {unit.name}"
    return t(f"incentives.kinds.{unit.kind}")


def value_text(figure: str, value: int, currency: str) -> str:
    """A value as people read it."""
    match unit_of(figure):
        case "minor":
            return money(value, currency)
        case "millionths":
            return f"{value / 10_000:.1f}%"
        case _:
            return f"{value:,}"


def figure_text(t: Texts, measure: Measure) -> str:
    """What is counted."""
    name = figure_name(t, t.language, measure.figure)
    if measure.months_after:
        return t("incentives.of_cohort", figure=name, months=measure.months_after)
    return name


def pays_text(t: Texts, measure: Measure, currency: str) -> str:
    """What it pays, in a sentence."""
    amount = money(measure.amount, currency)
    least = value_text(measure.figure, measure.least, currency)
    if measure.per is None:
        return t("incentives.pays_target", least=least, amount=amount)
    per = value_text(measure.figure, measure.per, currency)
    key = "incentives.pays_above" if measure.least else "incentives.pays_rate"
    return t(key, least=least, per=per, amount=amount)


def scenes_text(rule: Rule, measure: Measure, language: str) -> str:
    """The scenes by name."""
    names = [called(rule.scenes[number][1], language) for number in measure.scenes]
    return ("、" if language == "zh" else ", ").join(names)


def figure_at(tenant_ref: str, each: Sum) -> str:
    """Where the figure and its days are."""
    measure = each.rule.measures[each.measure]
    key = key_of(measure, each.month)
    if measure.figure.startswith(ACCOUNT):
        key = BY_NAME[measure.figure.removeprefix(ACCOUNT)].keys[0]
    more = "" if key is None else f"&key={key}"
    indicator = figures()[measure.figure].id
    return f"/board/{tenant_ref}/figures/{indicator}?month={each.month:%Y-%m}{more}"


HEAD = ("run", "month", "rule", "figure", "months_after", "scenes", "value", "sign", "unit_kind",
        "unit", "unit_name", "currency", "amount")  # fmt: skip


def run_csv(run: Run, t: Texts, family: Family) -> bytes:
    """A run for payroll: a row for each unit and figure."""
    return write_csv(HEAD, [row for each in run.sums for row in _rows(run, each, t, family)])


def _rows(run: Run, each: Sum, t: Texts, family: Family) -> Sequence[Sequence[str]]:
    rule, measure = each.rule, each.rule.measures[each.measure]
    value = format_value(each.value, figures()[measure.figure], rule.currency)
    scenes = " ".join(rule.scenes[number][0] for number in measure.scenes)
    return [
        (f"{run.month:%Y-%m}", f"{each.month:%Y-%m}", rule.ref, measure.figure,
         str(measure.months_after), scenes, value, str(each.sign), line.unit.kind, line.unit.name,
         unit_name(t, family, line.unit), rule.currency, format_money(line.minor, rule.currency))
        for line in each.lines
    ]  # fmt: skip
