from __future__ import annotations

import pickle

import pytest

from enscene.kernel.errors import (
    Conflict,
    EnsceneError,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    Unauthenticated,
    Unavailable,
)
from enscene.kernel.expressions import ExpressionError

BRANCHES = {
    Invalid: "invalid",
    Unauthenticated: "unauthenticated",
    Forbidden: "forbidden",
    NotFound: "not_found",
    Conflict: "conflict",
    Refused: "refused",
    Unavailable: "unavailable",
}


@pytest.mark.parametrize("kind", BRANCHES)
def test_each_branch_has_its_code(kind: type[EnsceneError]) -> None:
    assert kind("No.").code == BRANCHES[kind]
    assert kind("No.", code="a.b").code == "a.b"
    assert kind.code == BRANCHES[kind], "a code given to one error stays with it"


def test_an_error_says_what_where_and_what_to_do() -> None:
    error = Refused(
        "Not enough money.", code="funds.short", param="price", hint="Top up.", facts={"minor": 5}
    )
    assert str(error) == error.detail == "Not enough money."
    assert (error.param, error.hint, error.facts) == ("price", "Top up.", {"minor": 5})
    assert repr(error) == (
        "Refused('Not enough money.', code='funds.short', param='price', hint='Top up.', "
        "facts={'minor': 5})"
    )
    assert repr(NotFound("Gone.")) == "NotFound('Gone.', code='not_found')"


@pytest.mark.parametrize("kind", [*BRANCHES, ExpressionError])
def test_an_error_travels_between_processes_whole(kind: type[EnsceneError]) -> None:
    error = kind("No.", param="p", hint="h", facts={"a": 1})
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert repr(copy) == repr(error)


def test_facts_are_each_error_s_own() -> None:
    facts: dict[str, object] = {"a": 1}
    error = Invalid("No.", facts=facts)
    facts["a"] = 2
    assert error.facts == {"a": 1}
    assert Invalid("No.").facts is not Invalid("No.").facts
