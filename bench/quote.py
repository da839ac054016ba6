"""A quote: 200 products judged for one customer, beside the plain way of working out each cost.

The products are the shelf's own and variants of it made from parameters. Each quote is of another
customer, scene, amount and term, so that nothing but the calendar is met twice. The baseline of
the same round works out every eligible loan's plan and annual cost by the generic functions.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from bench.measure import median
from enscene.kernel.money import Portion, half_even
from enscene.shelf import LENDS, Product, standard_shelf
from enscene.shelf.annual_cost import Payment, annual_cost
from enscene.shelf.pricing import PriceList
from enscene.shelf.product import Price, Range, ppm_of
from enscene.shelf.quoting import Place, Quote, Quoter, Wish
from enscene.shelf.repayment_plan import due_days, plan_repayment

PRODUCTS = 200
DAY = date(2026, 11, 22)
SECTORS = ("travel", "retail", "wedding", "housing", "medical", "automotive", "education", "")


async def run(database: Any, *, rounds: int, seconds: float) -> dict[str, Any]:
    """Median over rounds of the median and of the 99th percentile, in milliseconds."""
    shelf = standard_shelf()
    products = made(list(shelf.products.values()), random.Random(1))
    quoter = Quoter(products, shelf.policy)
    fast: list[list[float]] = []
    plain: list[list[float]] = []
    used: list[list[float]] = []
    costed, eligible = 0, 0
    for number in range(rounds):
        rng = random.Random(number)
        fast.append([])
        plain.append([])
        used.append([])
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            ask = asked(rng)
            began, processor = time.perf_counter(), time.thread_time()
            quote = quoter.quote(*ask, prices=PriceList())
            fast[-1].append(time.perf_counter() - began)
            used[-1].append(time.thread_time() - processor)
            began = time.perf_counter()
            costed += plainly(quote, ask[3])
            plain[-1].append(time.perf_counter() - began)
            eligible += len(quote.eligible)
    done = sum(map(len, fast))
    return {
        "products": len(products),
        "p50_ms": median_ms([share(times, 0.5) for times in fast]),
        "p99_ms": median_ms([share(times, 0.99) for times in fast]),
        "p99_processor_ms": median_ms([share(times, 0.99) for times in used]),
        "baseline_p50_ms": median_ms([share(times, 0.5) for times in plain]),
        "faster": median([sum(b) / sum(a) for a, b in zip(fast, plain, strict=True)]),
        "quotes": done,
        "eligible": round(eligible / done, 1),
        "loans_costed": round(costed / done, 1),
    }


def figures(result: dict[str, Any]) -> list[tuple[str, float, float]]:
    """At most 5 ms, and no fewer products than were promised. The slowest of a hundred is held by
    the processor's time: by the clock it also counts what else the machine was doing."""
    return [
        ("p50_ms", result["p50_ms"], -5.0),
        ("p99_processor_ms", result["p99_processor_ms"], -5.0),
        ("products", result["products"], PRODUCTS),
    ]


def made(products: list[Product], rng: random.Random) -> list[Product]:
    """The shelf filled up with variants: other rates and trades, no new code. Half of them fit every
    trade, so that no scene spares the work."""
    found = list(products)
    loans = [product for product in products if product.kind in LENDS]
    while len(found) < PRODUCTS:
        base = rng.choice(loans if rng.random() < 0.5 else products)
        number = len(found)
        price = dict(base.price)
        if "rate" in price:
            rate = Portion(rng.randint(36, 140), 1_000)
            price["rate"] = Range(rate, rate, rate)
        found.append(
            replace(
                base, id=f"{base.id}_v{number}", base=base.id, price=price,
                sectors=() if rng.random() < 0.5 else base.sectors,
            )
        )  # fmt: skip
    return found


def asked(rng: random.Random) -> tuple[dict[str, Any], Place, Wish, date]:
    """Another customer, scene and wish each time."""
    customer = {
        "kind": rng.choice(("person", "person", "merchant")), "age": rng.randint(16, 80),
        "months_served": rng.randint(0, 60), "monthly_spend": rng.randint(0, 3_000_000),
        "overdue_days": rng.choice((0, 0, 0, 5, 40)), "risk_level": rng.randint(1, 5),
        "segment": rng.choice(("family", "micro", "first_home", "student")),
    }  # fmt: skip
    place = Place(("B", "C"), rng.choice(SECTORS))
    wish = Wish(rng.randint(50_000, 20_000_000), rng.choice((3, 6, 12, 24, None)), "short_of_cash")
    return customer, place, wish, DAY + timedelta(rng.randint(0, 365))


def plainly(quote: Quote, day: date) -> int:
    """Work out every eligible loan by the generic path and compare; their number."""
    done = 0
    for each in quote.eligible:
        if each.loan is None:
            continue
        product, amount = each.product, each.loan.amount
        assert product.repay is not None
        prices: dict[str, Price] = dict(each.prices)
        days = due_days(day, each.loan.months, product.repay)
        plan = plan_repayment(
            amount, ppm_of(prices["rate"]), day, days, product.repay, product.count
        )
        fee = half_even(amount * ppm_of(prices["fee"]), 1_000_000)
        payments = [Payment(day, amount - fee)]
        payments += [Payment(planned.due, -planned.total) for planned in plan]
        assert annual_cost(payments) == each.loan.cost, product.id
        done += 1
    return done


def share(values: Sequence[float], part: float) -> float:
    """The value below which that part of them lies."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def median_ms(values: Sequence[float]) -> float:
    return round(sorted(values)[len(values) // 2] * 1_000, 3)
