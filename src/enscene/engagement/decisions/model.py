"""What is known of who takes which offer: a linear Gaussian posterior for each, for Thompson sampling.

For an offer with the prior p and the features x of those it was said to, with A = ridge·I + Σ x·xᵀ
and b = ridge·p·e₁ + Σ r·x, its mean is A⁻¹b and the chance that somebody takes it is thought to be
normal with the mean xᵀA⁻¹b and the variance p(1−p)·xᵀA⁻¹x. A⁻¹ and the mean are kept and changed with
each answer (Sherman-Morrison), so that nothing is inverted.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, sqrt
from typing import Any, NamedTuple

from enscene.engagement.decisions.draw import normals, pick, shares_of
from enscene.engagement.decisions.offer import Offer
from enscene.kernel.errors import Invalid

DRAWS = 64
"""One draw in 64 is as much as a floor of 0.01 and a half: finer shares would be lost in the floor,
and coarser ones would be jumps. That shares are estimated makes no log wrong, for it is from these
very shares that the one is drawn."""

Arm = tuple[str, str]


class Chances(NamedTuple):
    """Of some offers, in their order: `shares` in millionths that come to a million, and the place of
    the one that was drawn from them."""

    shares: list[int]
    drawn: int


class Model:
    """`names` are those of the features; the first is 1 for everybody. `version` counts what was
    learnt. The same answers in the same order give the same bytes on every machine."""

    def __init__(self, names: Sequence[str] = ("always",), ridge: float = 1.0) -> None:
        # Only where somebody learns or decides: it takes longer to load than most commands take.
        import numpy as np

        if not names or not 0 < ridge < float("inf"):
            raise Invalid("one feature at least, and a ridge above 0", code="model.bad")
        self._np = np
        self.names = tuple(names)
        self.ridge = float(ridge)
        self.version = 0
        size = len(self.names)
        self._places: dict[Arm, int] = {}
        self._counts: list[int] = []
        self._noises: list[float] = []
        self._priors: list[float] = []
        self._means = np.zeros((0, size))
        self._spreads = np.zeros((0, size, size))

    def learn(self, offer: Offer, features: Sequence[float], reward: float) -> None:
        """Somebody with these features took it (1.0) or did not (0.0). Of what is never explored
        nothing is learnt: rules and cards know. Raises: Invalid."""
        if not offer.explored:
            return
        if not isfinite(reward) or not all(map(isfinite, features)):
            raise Invalid("a feature is a finite number", code="model.features", param="features")
        np, place = self._np, self._place(offer)
        x = self._vector(features)
        spread, mean = self._spreads[place], self._means[place]
        # np.sum and sum() add in an order that processors and versions change; a running sum has
        # one order.
        toward = np.cumsum(spread * x, axis=1)[:, -1]
        whole = 1.0 + np.cumsum(toward * x)[-1]
        wrong = reward - np.cumsum(mean * x)[-1]
        mean += toward * (wrong / whole)
        spread -= toward[:, None] * toward[None, :] / whole
        self._counts[place] += 1
        self.version += 1

    def correct(self, offer: Offer, features: Sequence[float], reward: float) -> None:
        """What was learnt of as not taken (0.0) was taken after all: the same comes out as if it had
        been learnt of so at once."""
        if not offer.explored:
            return
        place, x = self._place(offer), self._vector(features)
        self._means[place] += self._np.cumsum(self._spreads[place] * x, axis=1)[:, -1] * reward

    def take(self, other: Model, campaign: str) -> None:
        """Know of a campaign's offers what the other one knows now. Of the others nothing changes.

        Raises: Invalid (it weighs other features)."""
        if other.names != self.names:
            raise Invalid("both weigh the same features", code="model.features", param="features")
        for arm, there in other._places.items():
            if arm[0] != campaign or not other._counts[there]:
                continue
            prior = other._priors[there]
            here = self._places[arm] if arm in self._places else self._begin(arm, prior)
            self._set(here, prior)
            self._counts[here] = other._counts[there]
            self._means[here] = other._means[there]
            self._spreads[here] = other._spreads[there]
        self.version = sum(self._counts)

    def learnt_of(self, campaign: str) -> int:
        """How many offers of a campaign it has learnt from."""
        return sum(self._counts[place] for arm, place in self._places.items() if arm[0] == campaign)

    def expected(self, offers: Sequence[Offer], features: Sequence[float]) -> list[float]:
        """How likely each is taken, as far as is known; of what is never explored its prior."""
        explored = [offer for offer in offers if offer.explored]
        if not explored:
            return [offer.prior for offer in offers]
        places = [self._place(offer) for offer in explored]
        means = iter(self._mean(places, self._vector(features)).tolist())
        return [
            min(1.0, max(0.0, next(means))) if offer.explored else offer.prior for offer in offers
        ]

    def chances(
        self,
        offers: Sequence[Offer],
        features: Sequence[float],
        values: Sequence[float],
        seed: int,
        floor: float,
    ) -> Chances:
        """With which chance each is chosen, and which one is. `values` (not below 0) are what the
        chance to be taken is multiplied with. A draw in which nothing earns anything counts for none.
        """
        if len(offers) == 1:
            return Chances([1_000_000], 0)
        np = self._np
        places, x = [self._place(offer) for offer in offers], self._vector(features)
        toward = np.cumsum(self._spreads[places] * x, axis=2)[:, :, -1]
        spread = np.cumsum(toward * x, axis=1)[:, -1]
        noise = np.array([self._noises[place] for place in places])
        wide = noise * np.sqrt(np.maximum(spread, 0.0))
        drawn = normals(np, seed, len(offers), DRAWS) * wide[:, None]
        drawn += self._mean(places, x)[:, None]
        drawn *= np.array(values)[:, None]
        best = drawn.argmax(axis=0)
        won = best[drawn.max(axis=0) > 0.0]
        shares = shares_of(np.bincount(won, minlength=len(offers)).tolist(), floor)
        return Chances(shares, pick(shares, seed))

    def to_row(self) -> dict[str, Any]:
        """Plain values and bytes; the same model gives the same row."""
        arms = [
            [*arm, self._priors[place], self._counts[place],
             self._means[place].astype("<f8").tobytes(), self._spreads[place].astype("<f8").tobytes()]
            for arm, place in sorted(self._places.items())
            if self._counts[place]
        ]  # fmt: skip
        return {
            "names": list(self.names), "ridge": self.ridge, "version": self.version, "arms": arms,
        }  # fmt: skip

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Model:
        """What `to_row` gave: it goes on as the other one would have."""
        found = cls(row["names"], row["ridge"])
        size = len(found.names)
        for campaign, name, prior, count, mean, spread in row["arms"]:
            place = found._begin((campaign, name), prior)
            found._counts[place] = count
            found._means[place] = found._np.frombuffer(mean, "<f8")
            found._spreads[place] = found._np.frombuffer(spread, "<f8").reshape(size, size)
        found.version = row["version"]
        return found

    def _mean(self, places: list[int], x: Any) -> Any:
        return self._np.cumsum(self._means[places] * x, axis=1)[:, -1]

    def _vector(self, features: Sequence[float]) -> Any:
        assert len(features) == len(self.names), "features are those that the model names"
        return self._np.array(features, dtype=float)

    def _place(self, offer: Offer) -> int:
        """Where its arm stands. One that has learnt nothing follows the prior that the offer has."""
        arm = (offer.campaign, offer.name)
        place = self._places.get(arm)
        if place is None:
            return self._begin(arm, offer.prior)
        if self._priors[place] != offer.prior and not self._counts[place]:
            self._set(place, offer.prior)
        return place

    def _begin(self, arm: Arm, prior: float) -> int:
        np, place = self._np, len(self._counts)
        if place == len(self._means):
            more, size = max(8, place), len(self.names)
            self._means = np.concatenate([self._means, np.zeros((more, size))])
            self._spreads = np.concatenate([self._spreads, np.zeros((more, size, size))])
        self._places[arm] = place
        self._counts.append(0)
        self._priors.append(prior)
        self._noises.append(0.0)
        self._set(place, prior)
        return place

    def _set(self, place: int, prior: float) -> None:
        self._priors[place] = prior
        self._noises[place] = sqrt(prior * (1 - prior))
        self._means[place] = 0.0
        self._means[place, 0] = prior
        self._spreads[place] = self._np.eye(len(self.names)) / self.ridge
