"""Asking again: later each time, and never before the bank says so."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from enscene_client.errors import EnsceneError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Policy:
    """`tries` in all. The n-th wait is between half of `first_s`·2ⁿ and all of it, `most_s` at most,
    and never less than Retry-After. When the waits would exceed `patience_s` the error is raised.
    `sleep` and `chance` are there for tests."""

    tries: int = 6
    first_s: float = 0.5
    most_s: float = 30.0
    patience_s: float = 120.0
    sleep: Callable[[float], object] = time.sleep
    chance: Callable[[], float] = random.random

    def wait_s(self, attempt: int, retry_after_s: float | None) -> float:
        """How long to wait after the attempt with that number, from 0."""
        longest: float = min(self.most_s, self.first_s * 2**attempt)
        return max(longest * (0.5 + self.chance() / 2), retry_after_s or 0.0)


def until_answered(policy: Policy, key: str | None, once: Callable[[], T]) -> T:
    """What `once` answers at last. Raises: EnsceneError, with `key` in it."""
    waited = 0.0
    for attempt in range(policy.tries):
        try:
            return once()
        except EnsceneError as error:
            error.key = key
            wait = policy.wait_s(attempt, error.retry_after_s)
            waited += wait
            last = attempt + 1 == policy.tries
            if not error.may_pass or last or waited > policy.patience_s:
                raise
        policy.sleep(wait)
    raise ValueError("a policy has at least one try")
