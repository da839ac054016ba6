from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import Invalid
from enscene.kernel.ids import check_ref, find_uuid, is_public_id, new_uuid, public_id, uuid_of


def test_new_uuids_are_version_7_and_all_different() -> None:
    made = [new_uuid() for _ in range(1_000)]
    assert {value.version for value in made} == {7}
    assert len(set(made)) == len(made)


@given(st.uuids())
def test_public_ids_hold_their_uuid(value: UUID) -> None:
    text = public_id("evt", value)
    assert len(text) == 30
    assert is_public_id(text, "evt")
    assert uuid_of(text) == value


@given(st.uuids(), st.uuids())
def test_public_ids_sort_as_their_uuids(left: UUID, right: UUID) -> None:
    assert (public_id("x", left) < public_id("x", right)) == (left < right)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "evt",
        "evt_",
        "evt_" + "0" * 25,
        "evt_" + "0" * 27,
        "evt_8" + "0" * 25,
        "EVT_" + "0" * 26,
        "evt_" + "0" * 25 + "u",
        "evt_" + "0" * 25 + "A",
        "_" + "0" * 26,
        "evt_" + "0" * 26 + "\n",
        None,
        5,
    ],
)
def test_other_texts_are_no_public_ids(text: str) -> None:
    assert not is_public_id(text)
    with pytest.raises(Invalid, match="is not an id"):
        uuid_of(text)


def test_the_prefix_tells_kinds_apart() -> None:
    text = public_id("evt")
    assert is_public_id(text)
    assert not is_public_id(text, "pty")


@pytest.mark.parametrize("text", ["a", "A-1.b_c:9", "x" * 64])
def test_references_are_taken_as_they_are(text: str) -> None:
    assert check_ref(text) == text


@pytest.mark.parametrize("text", ["", "x" * 65, "a b", "a/b", "餐", "a\n", None, 5, "a\x00"])
def test_other_references_are_refused(text: object) -> None:
    with pytest.raises(Invalid) as caught:
        check_ref(text, param="ticket")
    assert (caught.value.code, caught.value.param) == ("ref.malformed", "ticket")


def test_an_id_of_another_sort_or_of_none_is_not_found() -> None:
    made = new_uuid()
    assert find_uuid(public_id("rel", made), "rel") == made
    for text in (public_id("tkt", made), str(made), "rel_", "rel_" + "z" * 26, ""):
        assert find_uuid(text, "rel") is None
