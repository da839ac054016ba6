"""The gap report: every pair that could be is on, declined for a reason, or missing."""

from __future__ import annotations

from datetime import UTC, datetime

from enscene.operations import Mounting, article_report, bundle_coverage, gap_report
from enscene.shelf import standard_shelf
from enscene.shelf.choose_products import Choice, Choices
from enscene.shelf.product import ARTICLES

SHELF = standard_shelf()
NOW = datetime(2026, 11, 22, tzinfo=UTC)
TRIP = Mounting(7, "trip", "出行", "live", ("C",), "travel",
                frozenset({"instalment", "delay_insurance"}))  # fmt: skip
WEDDING = Mounting(8, "wedding", "婚庆", "pilot", ("C",), "wedding",
                   frozenset({"instalment_wedding"}))  # fmt: skip


def declined(product: str, scene: int = 0) -> Choice:
    return Choice(scene, product, "declined", None, "not yet", "maker", NOW, None, None)


def test_every_pair_that_could_be_stands_once() -> None:
    report = gap_report(SHELF, [TRIP, WEDDING])
    cells = report.cells()
    assert len(cells) == len(report.pairs)
    for scene in (TRIP, WEDDING):
        for product in SHELF.products.values():
            if product.fits(scene.serves, scene.sector):
                assert (scene.ref, product.base or product.id) in cells
    assert sum(report.counts.values()) == len(report.pairs)
    assert report.counts["on"] == 3


def test_a_variant_stands_for_its_family() -> None:
    report = gap_report(SHELF, [WEDDING])
    cell = report.cells()["wedding", "instalment"]
    assert (cell.status, cell.by) == ("on", ("instalment_wedding",))
    assert set(cell.could) == {"instalment", "instalment_wedding"}


def test_a_product_is_declined_in_a_scene_or_everywhere_with_its_reason() -> None:
    choices = Choices.of([declined("coupon"), declined("points", 7), declined("instalment")])
    cells = gap_report(SHELF, [TRIP, WEDDING], choices).cells()
    assert [(c.status, c.reason) for c in (cells["trip", "coupon"], cells["wedding", "coupon"])] == [
        ("declined", "not yet"), ("declined", "not yet"),
    ]  # fmt: skip
    assert cells["trip", "points"].status == "declined"
    assert cells["wedding", "points"].status == "missing"
    assert cells["trip", "instalment"].status == "on"


def test_a_product_that_cannot_be_offered_there_is_no_gap() -> None:
    cells = gap_report(SHELF, [TRIP]).cells()
    assert ("trip", "mortgage") not in cells
    assert ("trip", "payroll") not in cells


def test_contracts_are_counted_over_the_family() -> None:
    opened = {(8, "instalment"): 2, (8, "instalment_wedding"): 3, (7, "instalment"): 9}
    cells = gap_report(SHELF, [TRIP, WEDDING], None, opened).cells()
    assert cells["wedding", "instalment"].opened == 5
    assert cells["trip", "instalment"].opened == 9


def test_a_scene_covers_of_a_need_what_its_own_products_cover() -> None:
    bundle = SHELF.bundles["journey"]
    (told,) = bundle_coverage(SHELF, bundle, [TRIP, WEDDING])
    assert told.scene is TRIP
    assert told.covered == ("short_of_cash", "delayed")
    assert set(told.left) == set(bundle.pains) - set(told.covered)


def test_the_five_big_articles_count_products_scenes_and_contracts() -> None:
    contracts = [
        {"product": "delay_insurance", "scene": 7, "opened": 5, "running": 4, "minor": 80_000},
        {"product": "pension_saving", "scene": 0, "opened": 1, "running": 1, "minor": 10_000},
    ]
    report = {each.name: each for each in article_report(SHELF, [TRIP, WEDDING], contracts)}
    assert tuple(report) == ARTICLES
    digital = report["digital"]
    assert (digital.opened, digital.running, digital.minor) == (5, 4, 80_000)
    assert digital.scenes == ("trip", "wedding")
    assert report["pension"].minor == 10_000
    assert report["green"].opened == 0
