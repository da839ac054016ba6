"""Read the file of one product, with its variants: what is wrong is collected with its line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches

from enscene.kernel.documents import Map, Mistakes, Scalar, read_yaml
from enscene.kernel.documents.shapes import conform
from enscene.kernel.errors import Invalid
from enscene.kernel.money import Portion, parse_money
from enscene.kernel.said import NOTHING, say
from enscene.shelf._grammar import PRODUCT
from enscene.shelf.bank import BankWords, Policy
from enscene.shelf.day_count import DayCount
from enscene.shelf.eligibility import Rule, read_rule
from enscene.shelf.product import LENDS, Charge, Product, Range, Told, ppm_of
from enscene.shelf.repayment_plan import MONTHS_MOST, Method

CURRENCY = "CNY"
COST_FROM = date(2026, 1, 1)
"""The day from which the cost of a loan is reckoned where it is checked and not quoted."""
RESERVED = frozenset({"prices", "choices", "gaps", "bundles", "articles"})
"""Words that addresses under /v1/shelf have where others have a product."""
NEEDS: dict[str, tuple[str, ...]] = {
    "loan": ("amount", "months", "repay", "grace_days", "price.rate", "price.penalty",
             "price.fee", "price.early_fee"),
    "credit_line": ("amount", "months", "repay", "grace_days", "price.rate", "price.penalty",
                    "price.fee", "price.early_fee"),
    "deposit": ("amount", "price.rate"),
    "insurance": ("amount", "price.premium"),
    "wealth": ("amount", "risk_level", "eligible"),
    "currency": ("amount", "price.spread"),
    "benefit": ("charges",),
    "capability": ("charges.call",),
}  # fmt: skip
"""What a kind must say of itself."""
_USUAL = Policy()


def read_product(file: str, text: str, mistakes: Mistakes) -> Product | None:
    """The product of one file without its variants, or None when something is wrong with it."""
    products = read_products(file, text, mistakes)
    return products[0] if products else None


def read_products(
    file: str,
    text: str,
    mistakes: Mistakes,
    policy: Policy = _USUAL,
    words: BankWords | None = None,
) -> list[Product]:
    """The product of one file, then its variants; nothing when something is wrong.

    Without `words` it is not checked that lines, needs and documents are known.
    """
    before = len(mistakes)
    root = read_yaml(file, text, mistakes)
    node = None if root is None else conform(root, PRODUCT, mistakes)
    if len(mistakes) > before or not isinstance(node, Map):
        return []
    _check_id(file, node, mistakes)
    products = [_product(node, mistakes, None)]
    for name, variant in node.map("variants"):
        assert isinstance(variant, Map)
        products.append(_product(_overlaid(node, variant), mistakes, name))
    for place in (node, *(entry for _, entry in node.map("variants"))):
        assert isinstance(place, Map)
        _check_words(place, words, mistakes)
    if len(mistakes) == before:
        for product, place in zip(products, _places(node), strict=True):
            _check_cost(product, place, policy, mistakes)
    return products if len(mistakes) == before else []


def _places(node: Map) -> Iterable[Map]:
    yield node
    for _, variant in node.map("variants"):
        assert isinstance(variant, Map)
        yield variant


def _overlaid(base: Map, variant: Map) -> Map:
    """The base with what the variant says otherwise; of prices only those that it names."""
    entries = base.entries | variant.entries
    for key in ("price", "charges"):
        if key in base.entries and key in variant.entries:
            old, new = base.map(key), variant.map(key)
            entries[key] = Map(new.at, new.path, old.entries | new.entries, old.keys | new.keys)
    return Map(variant.at, variant.path, entries, base.keys | variant.keys)


def _product(node: Map, mistakes: Mistakes, variant: str | None) -> Product:
    kind, months = node.text("kind"), tuple(int(text) for text in _texts(node, "months"))
    if any(not 1 <= month <= MONTHS_MOST for month in months):
        message = say("a term has 1 to {most} months", most=MONTHS_MOST)
        mistakes.add(node.where("months"), "bad_months", message, path="months")
    if variant is None:
        _check_kind(kind, node, mistakes)
    repay, risk, base = node.text("repay"), node.text("risk_level"), node.text("id")
    return Product(
        id=base if variant is None else f"{base}_{variant}",
        base=None if variant is None else base,
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
        rules=_rules(node, mistakes),
        amount=_amount(node, mistakes),
        months=months,
        price={name: _range(entry, mistakes) for name, entry in node.map("price")},
        charges={name: _charge(entry, mistakes) for name, entry in node.map("charges")},
        repay=Method(repay) if repay else None,
        count=DayCount(node.text("count", DayCount.THIRTY_360.value)),
        grace_days=int(node.text("grace_days", "0")),
        risk_level=int(risk) if risk else None,
        texts={
            language: Told(told.text("name"), told.text("says"))
            for language in ("zh", "en")
            for told in (node.map("texts").map(language),)
        },
    )


def _texts(node: Map, key: str) -> tuple[str, ...]:
    return tuple(item.text for item in node.seq(key) if isinstance(item, Scalar))


def _check_id(file: str, node: Map, mistakes: Mistakes) -> None:
    if node.text("id") != file.removesuffix(".yaml"):
        message = say("the id is not the file's name `{name}`", name=file.removesuffix(".yaml"))
        mistakes.add(node.where("id"), "wrong_id", message, path="id")
    if node.text("id") in RESERVED:
        message = say("`{name}` is a word of the shelf's own addresses", name=node.text("id"))
        mistakes.add(node.where("id"), "reserved_id", message, path="id")


def _check_kind(kind: str, node: Map, mistakes: Mistakes) -> None:
    """Each kind needs what its life goes by."""
    for path in NEEDS.get(kind, ()):
        key, _, name = path.partition(".")
        if key not in node.entries or (name and name not in node.map(key).entries):
            message = say("a product of kind {kind} needs `{key}`", kind=kind, key=path)
            mistakes.add(node.where(key), "missing_key", message, path=path)
    risk = node.text("risk_level")
    if risk and risk not in "12345":
        message = say("a risk level is 1 to 5")
        mistakes.add(node.where("risk_level"), "out_of_bounds", message, path="risk_level")


def _check_words(node: Map, words: BankWords | None, mistakes: Mistakes) -> None:
    if words is None:
        return
    for key, known, what in (
        ("line", words.lines, "line"),
        ("pains", words.pains, "need"),
    ):
        for item in node.seq(key):
            if isinstance(item, Scalar) and item.text not in known:
                mistakes.unknown(item.at, what, item.text, known, key)
    for item in node.seq("documents"):
        if isinstance(item, Scalar) and item.text not in words.documents:
            message = say("the document `{name}` has no text", name=item.text)
            near = get_close_matches(item.text, words.documents, 1, 0.6)
            hint = say("write `{file}`", file=f"shelf/bank/documents/{item.text}.yaml")
            if near:
                hint = say("did you mean `{near}`?", near=near[0])
            mistakes.add(item.at, "unknown_document", message, hint, "documents")


def _check_cost(product: Product, place: Map, policy: Policy, mistakes: Mistakes) -> None:
    """No loan costs more than the bank's policy allows, at any of its terms."""
    worst = worst_cost(product)
    if worst is not None and Portion(worst, 1_000_000) > policy.annual_cost_most:
        message = say(
            "it costs {cost} a year, all in; at most {most}",
            cost=Portion(worst, 1_000_000),
            most=policy.annual_cost_most,
        )
        mistakes.add(place.where("price"), "over_cap", message, path="price")


def worst_cost(product: Product, prices: dict[str, Portion | int] | None = None) -> int | None:
    """The highest annual cost of a loan over its terms and amounts, in millionths; None for what
    lends nothing. A fee weighs most on the shortest term, rounding on the least amount."""
    if product.kind not in LENDS or product.amount is None:
        return None
    if ppm_of((prices or {}).get("fee", product.prices()["fee"])) >= 1_000_000:
        return 1_000_000_000
    months = {min(product.months), max(product.months)}
    return max(
        product.offer(amount, term, COST_FROM, prices).cost.compound_ppm
        for amount in product.amount
        for term in months
    )


def _range(node: object, mistakes: Mistakes) -> Range:
    assert isinstance(node, Map)
    default = Portion.parse(node.text("default"))
    least = Portion.parse(node.text("min", str(default)))
    most = Portion.parse(node.text("max", str(default)))
    if not least <= default <= most:
        _out_of_bounds(node, mistakes)
    return Range(default, least, most)


def _charge(node: object, mistakes: Mistakes) -> Charge:
    assert isinstance(node, Map)
    default = parse_money(node.text("default"), CURRENCY)
    least = parse_money(node.text("min", node.text("default")), CURRENCY)
    most = parse_money(node.text("max", node.text("default")), CURRENCY)
    if not least <= default <= most:
        _out_of_bounds(node, mistakes)
    return Charge(default, least, most)


def _out_of_bounds(node: Map, mistakes: Mistakes) -> None:
    message = say("the default is not between `min` and `max`")
    mistakes.add(node.where("default"), "out_of_bounds", message, path=node.path)


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


def _rules(node: Map, mistakes: Mistakes) -> tuple[Rule, ...]:
    rules = []
    for item in node.seq("eligible"):
        assert isinstance(item, Scalar)
        try:
            rules.append(read_rule(item.text))
        except Invalid as error:
            mistakes.add(
                item.at, error.code, error.said.bare(), error.advice or NOTHING, "eligible"
            )
    if level := node.text("risk_level"):
        # Suitability is not left to whoever writes the file.
        rules.append(read_rule(f"customer.risk_level >= {int(level)}"))
    return tuple(dict.fromkeys(rules))
