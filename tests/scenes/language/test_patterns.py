"""Patterns of a pack's moments: what they come to, and what is wrong with them, at its place."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from enscene.scenes.language import load_pack_files
from enscene.scenes.language.model import NOTHING_CAME, Moment
from enscene.scenes.language.report import advised, told
from enscene.scenes.language.scaffold import new_pack

HAN = re.compile("[\u4e00-\u9fff]")
GOOD = new_pack("corner_shop")
TEXTS = """
products: {top_up: Top-up}
moments: {often: Often}
reasons: {often: You come often.}
"""
COUNT = "count: {of: [pay], at_least: 3, within: 14d}"
HEAD = "moments:\n  often:\n"


def load(pattern: str, more: str = "", **options: Any) -> Any:
    """The corner shop with one moment: `pattern` are the lines under it, from line 90 on."""
    scene = GOOD["scene.yaml"].rstrip() + "\n\nproducts: {top_up: {mount: shelf.auto_topup}}\n\n"
    body = "".join(f"    {line}\n" for line in pattern.splitlines())
    scene += f"{HEAD}{body}    offer: [top_up]\n    via: [h5]\n    at_most: 1 per 7d\n    reason: often\n{more}"
    for old, new in options.items():
        scene = scene.replace(old, new)
    texts = {name: GOOD[name] + TEXTS for name in ("texts/zh.yaml", "texts/en.yaml")}
    return load_pack_files({**GOOD, **texts, "scene.yaml": scene})


def moment_of(pattern: str) -> Moment:
    result = load(pattern)
    assert result.mistakes == ()
    found: Moment = result.pack.moments["often"]
    return found


def test_a_count_is_read_with_what_counts_and_when_it_speaks() -> None:
    moment = moment_of(
        "pattern: {count: {of: pay, at_least: 3, within: {option: refund_window}, only: \"input.price > money('5.00')\"}, tolerance: 1h}\n"
        "if: spectrum.shopping.preference > 20 && purchase.state == 'paid'"
    )
    pattern = moment.pattern
    assert pattern is not None
    assert (moment.after, moment.condition, moment.who) == ("", None, "customer")
    assert (pattern.name, pattern.of, pattern.at_least) == ("count", ("pay",), 3)
    assert (pattern.within, pattern.tolerance) == (timedelta(days=7), timedelta(hours=1))
    assert pattern.only["pay"].reads == {"input.price"}
    assert pattern.conditions["pay"].reads == {"spectrum.shopping.preference", "purchase.state"}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("after: [pay, refund]", {"of": ("pay", "refund"), "name": "after"}),
        ('sum: {of: pay, field: input.price, reaches: "50.00", within: 7d}', {"reaches": 5_000}),
        ("sequence: {steps: [pay, refund, pay], within: 1d}", {"of": ("pay", "refund", "pay")}),
        ("absent: {after: pay, without: pay, span: 7d}", {"without": ("pay",), "within": timedelta(days=7)}),
        ("crosses: {of: pay, field: input.price, above: {option: daily_limit}}", {"above": 20_000, "below": None}),
    ],
)  # fmt: skip
def test_the_others_are_read(written: str, shown: dict[str, Any]) -> None:
    pattern = moment_of(f"pattern: {{{written}}}").pattern
    assert {name: getattr(pattern, name) for name in shown} == shown


def test_places_need_the_consent_to_positions() -> None:
    near = "pattern: {enters: {places: [{lat_e5: 3123000, lon_e5: 12147000}], metres: 500}}"
    (mistake,) = load(near).mistakes
    assert str(mistake).startswith(
        "scene.yaml:7:13: `customer` is not asked for `position`, on which positions rest"
    )
    assert mistake.hint == "add `position` to the `consent:` of `customer`"


def test_where_nothing_came_only_the_spectrum_is_looked_at() -> None:
    pattern = moment_of(
        "pattern: {absent: {after: pay, without: pay, span: 7d}}\nif: spectrum.shopping.preference > 20"
    ).pattern
    assert pattern is not None
    assert pattern.conditions[NOTHING_CAME].reads == {"spectrum.shopping.preference"}


WRONG = {
    "neither": ("if: 1 > 0", ":90:5: moment `often` comes after an action, or by a pattern [moment_when]",
                "write `after: action` or `pattern:`"),
    "both": (f"after: pay\npattern: {{{COUNT}}}",
             ":90:5: moment `often` comes after an action, or by a pattern [moment_when]",
             "write `after: action` or `pattern:`"),
    "two": (f"pattern: {{{COUNT}, after: pay}}", ":90:14: a moment has one pattern [one_pattern]",
            "write one of `after`, `count`, `sum`, `sequence`, `absent`, `crosses`, `enters`"),
    "no such pattern": ("pattern: {cuont: {of: pay}}", ":90:15: no key is called `cuont` [unknown_key]",
                        "did you mean `count`?"),
    "no such action": ("pattern: {count: {of: [pey], at_least: 3, within: 14d}}",
                       ":90:28: no action is called `pey` [unknown_action]", "did you mean `pay`?"),
    "once": ("pattern: {count: {of: pay, at_least: 1, within: 14d}}",
             ":90:42: `at_least` is from 2 to 50 [out_of_bounds]", ""),
    "no span": ("pattern: {count: {of: pay, at_least: 3}}", ":90:22: `within` is missing [missing_key]",
                "the span, a duration or {option: name}"),
    "short": ("pattern: {count: {of: pay, at_least: 3, within: 5s}}",
              ":90:53: `within` is from a minute to ten years [out_of_bounds]", ""),
    "an option of another type": ("pattern: {count: {of: pay, at_least: 3, within: {option: daily_limit}}}",
                                  ":90:53: `within` is of type duration, option `daily_limit` is money [option_type]", ""),
    "one step": ("pattern: {sequence: {steps: [pay], within: 1d}}",
                 ":90:33: `steps` has 2 to 5 entries [wrong_count]", ""),
    "no amount": ("pattern: {sum: {of: pay, field: input.receipt, reaches: \"5.00\", within: 1d}}",
                  None, None),
    "nothing": ("pattern: {sum: {of: pay, field: input.price, reaches: \"0.00\", within: 1d}}",
                ":90:59: a sum reaches more than nothing [out_of_bounds]", ""),
    "no bound": ("pattern: {crosses: {of: pay, field: input.price}}",
                 ":90:24: an amount crosses one bound [one_bound]", "write `below:` or `above:`"),
    "a balance": (f"pattern: {{{COUNT}}}\nif: wallet.balance < money('5.00')",
                  ":91:9: `wallet` is not known here: a pattern looks at the log, and balances are not in it [too_early]", ""),
    "no event": ("pattern: {absent: {after: pay, without: pay, span: 7d}}\nif: options.daily_limit > money('5.00')",
                 ":91:9: `options` is not known here: where nothing came there is no event to look at [too_early]", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_pattern_is_told_once_at_its_place_in_both_languages(name: str) -> None:
    pattern, shown, hint = WRONG[name]
    result = load(pattern)
    assert result.pack is None
    (mistake,) = result.mistakes
    if shown is not None:
        assert str(mistake).split("\n")[0] == f"scene.yaml{shown}"
        assert mistake.hint == hint
    assert HAN.search(told(mistake, "zh"))
    assert not mistake.hint or HAN.search(advised(mistake, "zh")) or "`" in mistake.hint


def test_what_only_reads_is_in_no_log() -> None:
    query = "  look: {kind: query, by: [customer], do: [{balance: wallet, as: purse}], answer: {balance: purse.balance}}\n"
    result = load("pattern: {after: look}", **{"actions:\n": f"actions:\n{query}"})
    assert "`look` only reads: nothing is known of it afterwards" in [
        mistake.message for mistake in result.mistakes
    ]
