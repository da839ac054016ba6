"""What is learnt of who takes what."""

from __future__ import annotations

import random

import msgspec
import numpy as np
import pytest

from engagement.decisions.given import offer
from enscene.engagement.decisions import Model
from enscene.kernel.errors import Invalid

NAMES = ("always", "age", "visits", "canteen")
MUG, CUP = offer("mug", prior=0.1), offer("cup", prior=0.3)


def answers(count: int, seed: int = 1) -> list[tuple[tuple[float, ...], float]]:
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        x = (1.0, rng.random(), rng.random(), float(rng.random() < 0.5))
        found.append((x, float(rng.random() < 0.1 + 0.5 * x[1] * x[3])))
    return found


def test_before_anything_is_learnt_the_prior_is_expected() -> None:
    model = Model(NAMES)
    assert model.expected([CUP, MUG], (1.0, 0.0, 0.0, 0.0)) == [0.3, 0.1]
    # Asking is not learning: a prior that the campaign changes holds.
    assert model.expected([offer("mug", prior=0.2)], (1.0, 0.9, 0.3, 0.0)) == [0.2]
    assert model.version == 0
    assert model.to_row()["arms"] == []


def test_the_posterior_is_that_of_the_formula() -> None:
    """Against a solver, after thousands of steps."""
    model, ridge = Model(NAMES, ridge=2.0), 2.0
    a, b = ridge * np.eye(4), np.array([ridge * MUG.prior, 0, 0, 0])
    for x, reward in answers(5_000):
        model.learn(MUG, x, reward)
        a += np.outer(x, x)
        b += reward * np.array(x)
    [arm] = model.to_row()["arms"]
    assert arm[:4] == ["spring", "mug", 0.1, 5_000]
    assert np.frombuffer(arm[4], "<f8") == pytest.approx(np.linalg.solve(a, b), rel=1e-9)
    spread = np.frombuffer(arm[5], "<f8").reshape(4, 4)
    assert spread == pytest.approx(np.linalg.inv(a), rel=1e-9, abs=1e-12)
    assert (spread == spread.T).all()


def test_shares_are_those_of_the_posteriors() -> None:
    """Over many seeds they are what a simulation of its own gives."""
    model, x = Model(NAMES), (1.0, 0.5, 0.2, 1.0)
    for seed, (features, reward) in enumerate(answers(60)):
        model.learn((MUG, CUP)[seed % 2], features, reward)
    values, offers = [900.0, 700.0], [MUG, CUP]
    shares = [
        model.chances(offers, x, values, seed * 104_729, 0.01).shares[0] for seed in range(500)
    ]
    rng, scores = np.random.default_rng(1), []
    means = model.expected(offers, x)
    for arm, each in zip(
        sorted(model.to_row()["arms"], key=lambda a: -ord(a[1][0])), offers, strict=True
    ):
        spread = np.frombuffer(arm[5], "<f8").reshape(4, 4)
        wide = (each.prior * (1 - each.prior) * (np.array(x) @ spread @ np.array(x))) ** 0.5
        scores.append(
            np.maximum(rng.normal(means[len(scores)], wide, 200_000), 0) * values[len(scores)]
        )
    wins = (scores[0] > scores[1]).sum() / ((scores[0] > 0) | (scores[1] > 0)).sum()
    assert np.mean(shares) / 1e6 == pytest.approx(0.01 + 0.98 * wins, abs=0.01)


def test_learning_moves_the_choice_to_the_better_one() -> None:
    model, x = Model(), (1.0,)
    rng = random.Random(5)
    for _ in range(400):
        model.learn(MUG, x, float(rng.random() < 0.4))
        model.learn(CUP, x, float(rng.random() < 0.05))
    for seed in range(20):
        shares = model.chances([CUP, MUG], x, [1_000.0, 1_000.0], seed, 0.01).shares
        assert shares == [10_000, 990_000]


def test_it_learns_for_whom_an_offer_is() -> None:
    model, young, old = Model(("always", "old")), (1.0, 0.0), (1.0, 1.0)
    rng = random.Random(6)
    for _ in range(400):
        model.learn(MUG, young, float(rng.random() < 0.4))
        model.learn(MUG, old, float(rng.random() < 0.02))
    assert model.expected([MUG], young)[0] > 0.3
    assert model.expected([MUG], old)[0] < 0.08


def test_what_earns_nothing_wins_no_draw() -> None:
    shares = Model().chances([CUP, MUG], (1.0,), [0.0, 5.0], 9, 0.02).shares
    assert shares == [20_000, 980_000]
    assert Model().chances([CUP, MUG], (1.0,), [0.0, 0.0], 9, 0.02).shares == [500_000, 500_000]


def test_of_credit_nothing_is_learnt() -> None:
    loan, model = offer("loan", explored=False, prior=0.2), Model()
    model.learn(loan, (1.0,), 1.0)
    assert (model.version, model.to_row()["arms"]) == (0, [])
    assert model.expected([loan, CUP], (1.0,)) == [0.2, 0.3]


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_a_number_that_is_none_spoils_nothing(wrong: float) -> None:
    model = Model(("always", "age"))
    for features, reward in (((1.0, wrong), 1.0), ((1.0, 1.0), wrong)):
        with pytest.raises(Invalid):
            model.learn(MUG, features, reward)
    assert model.version == 0


def test_a_model_that_was_kept_goes_on_byte_for_byte() -> None:
    whole, half = Model(NAMES), Model(NAMES)
    found = answers(300, seed=2)
    for place, (x, reward) in enumerate(found):
        whole.learn((MUG, CUP)[place % 2], x, reward)
        half.learn((MUG, CUP)[place % 2], x, reward)
        if place % 50 == 7:
            kept = msgspec.msgpack.encode(half.to_row())
            half = Model.from_row(msgspec.msgpack.decode(kept))
            half.expected([offer("never")], x)  # asking leaves no trace
    assert msgspec.msgpack.encode(half.to_row()) == msgspec.msgpack.encode(whole.to_row())
    assert whole.version == 300


def test_many_offers_have_room() -> None:
    model = Model()
    many = [offer(f"o{n}", prior=(n + 1) / 100) for n in range(40)]
    for each in many[::2]:
        model.learn(each, (1.0,), 1.0)
    assert model.expected(many, (1.0,))[1::2] == [each.prior for each in many[1::2]]
    assert model.expected(many, (1.0,))[0] == pytest.approx((0.01 + 1) / 2)


def test_what_was_taken_after_all_comes_out_as_if_it_had_been_known_at_once() -> None:
    rows = answers(200)
    at_once, late = Model(NAMES), Model(NAMES)
    for x, reward in rows:
        at_once.learn(MUG, x, reward)
        late.learn(MUG, x, 0.0)
    for x, reward in rows:
        if reward:
            late.correct(MUG, x, reward)
    assert late.version == at_once.version
    for x, _ in rows[:20]:
        assert late.expected([MUG], x) == pytest.approx(at_once.expected([MUG], x), abs=1e-9)
    seeds = [late.chances([MUG, CUP], rows[0][0], (1.0, 1.0), seed, 0.01) for seed in range(20)]
    assert seeds == [
        at_once.chances([MUG, CUP], rows[0][0], (1.0, 1.0), seed, 0.01) for seed in range(20)
    ]


def test_one_takes_from_another_what_it_knows_of_a_campaign() -> None:
    knows, serves = Model(NAMES), Model(NAMES)
    other = offer("cup", campaign="other", prior=0.3)
    for x, reward in answers(50):
        knows.learn(MUG, x, reward)
        knows.learn(other, x, reward)
    serves.learn(other, answers(1)[0][0], 1.0)
    before = serves.expected([other], (1.0, 0.5, 0.5, 1.0))
    serves.take(knows, MUG.campaign)
    for x, _ in answers(5, seed=9):
        assert serves.expected([MUG], x) == knows.expected([MUG], x)
    assert serves.expected([other], (1.0, 0.5, 0.5, 1.0)) == before
    assert (serves.learnt_of(MUG.campaign), serves.learnt_of("other"), serves.version) == (
        50,
        1,
        51,
    )
    knows.learn(MUG, (1.0, 0.0, 0.0, 0.0), 1.0)
    assert serves.learnt_of(MUG.campaign) == 50
    with pytest.raises(Invalid):
        serves.take(Model(("always",)), MUG.campaign)
