"""Read the bank's shelf: a folder with a file for each product."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from enscene.kernel.documents import Map, Mistake, Mistakes, Scalar, read_yaml
from enscene.kernel.documents.shapes import conform
from enscene.kernel.errors import Invalid
from enscene.kernel.expressions import BOOL, Expression, compile_expression
from enscene.kernel.money import Portion, parse_money
from enscene.kernel.said import NOTHING, say
from enscene.shelf._grammar import PRODUCT
from enscene.shelf.day_count import DayCount
from enscene.shelf.product import ENVIRONMENT, LENDS, Product, Range, Told
from enscene.shelf.repayment_plan import MONTHS_MOST, Method

SHELF = Path(__file__).parents[3] / "shelf"
"""The standard shelf, which stands beside the packs."""
CURRENCY = "CNY"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The products by id, and what is wrong with files that are none."""

    products: dict[str, Product]
    mistakes: tuple[Mistake, ...]


@cache
def standard_shelf() -> Shelf:
    """The bank's own shelf, read once."""
    return load_shelf(SHELF)


def load_shelf(folder: Path) -> Shelf:
    """Every product of the folder; mistakes are collected, never raised."""
    mistakes = Mistakes()
    products: dict[str, Product] = {}
    for path in sorted(folder.glob("*.yaml")):
        text = path.read_text(encoding="utf-8", errors="replace")
        product = read_product(path.name, text, mistakes)
        if product is not None:
            products[product.id] = product
    return Shelf(products, mistakes.all())


def read_product(file: str, text: str, mistakes: Mistakes) -> Product | None:
    """The product of one file, or None when something is wrong with it."""
    before = len(mistakes)
    root = read_yaml(file, text, mistakes)
    if root is None:
        return None
    node = conform(root, PRODUCT, mistakes)
    if len(mistakes) > before or not isinstance(node, Map):
        return None
    product = _product(file, node, mistakes)
    return product if len(mistakes) == before else None


def _product(file: str, node: Map, mistakes: Mistakes) -> Product:
    kind, months = node.text("kind"), tuple(int(text) for text in _texts(node, "months"))
    if node.text("id") != file.removesuffix(".yaml"):
        message = say("the id is not the file's name `{name}`", name=file.removesuffix(".yaml"))
        mistakes.add(node.where("id"), "wrong_id", message, path="id")
    if any(not 1 <= month <= MONTHS_MOST for month in months):
        message = say("a term has 1 to {most} months", most=MONTHS_MOST)
        mistakes.add(node.where("months"), "bad_months", message, path="months")
    price = {name: _range(entry, mistakes) for name, entry in node.map("price")}
    if kind in LENDS:
        _check_loan(node, mistakes)
    repay = node.text("repay")
    return Product(
        id=node.text("id"),
        version=node.text("version"),
        kind=kind,
        line=node.text("line"),
        serves=_texts(node, "serves"),
        sectors=_texts(node, "sectors"),
        articles=_texts(node, "articles"),
        channels=_texts(node, "channels"),
        embed=_texts(node, "embed"),
        documents=_texts(node, "documents"),
        pains=_texts(node, "pains"),
        eligible=_eligible(node, mistakes),
        amount=_amount(node, mistakes),
        months=months,
        price=price,
        repay=Method(repay) if repay else None,
        count=DayCount(node.text("count", DayCount.THIRTY_360.value)),
        texts={
            language: Told(told.text("name"), told.text("says"))
            for language in ("zh", "en")
            for told in (node.map("texts").map(language),)
        },
    )


def _texts(node: Map, key: str) -> tuple[str, ...]:
    return tuple(item.text for item in node.seq(key) if isinstance(item, Scalar))


def _check_loan(node: Map, mistakes: Mistakes) -> None:
    """What is lent needs a rate, a term, a way back and bounds."""
    for key in ("amount", "months", "repay"):
        if key not in node.entries:
            message = say("what is lent needs `{key}`", key=key)
            mistakes.add(node.at, "missing_key", message, path=key)
    if "rate" not in node.map("price").entries:
        message = say("what is lent needs `{key}`", key="price.rate")
        mistakes.add(node.where("price"), "missing_key", message, path="price")


def _range(node: object, mistakes: Mistakes) -> Range:
    assert isinstance(node, Map)
    default = Portion.parse(node.text("default"))
    least = Portion.parse(node.text("min", str(default)))
    most = Portion.parse(node.text("max", str(default)))
    if not least <= default <= most:
        message = say("the default is not between `min` and `max`")
        mistakes.add(node.where("default"), "out_of_bounds", message, path=node.path)
    return Range(default, least, most)


def _amount(node: Map, mistakes: Mistakes) -> tuple[int, int] | None:
    if "amount" not in node.entries:
        return None
    bounds = node.map("amount")
    try:
        least, most = (parse_money(bounds.text(name), CURRENCY) for name in ("min", "max"))
    except Invalid as error:
        mistakes.add(bounds.at, "bad_money", error.said.bare(), path=bounds.path)
        return None
    if not 0 <= least <= most:
        message = say("`min` is more than `max`")
        mistakes.add(bounds.where("min"), "out_of_bounds", message, path=bounds.path)
    return least, most


def _eligible(node: Map, mistakes: Mistakes) -> Expression | None:
    source = node.text("eligible")
    if not source:
        return None
    try:
        return compile_expression(source, ENVIRONMENT, expect=BOOL)
    except Invalid as error:
        mistakes.add(
            node.where("eligible"), error.code, error.said.bare(), error.advice or NOTHING,
            "eligible",
        )  # fmt: skip
        return None
