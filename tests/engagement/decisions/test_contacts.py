"""What is remembered of what was said."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from engagement.decisions.given import NOON_US, OPEN, numbered, offer, standing
from enscene.engagement.decisions import RING, Contact, Contacts, Model, Outcome, decide


def heard(*contacts: Contact) -> Contacts:
    found = Contacts()
    for contact in contacts:
        found.add(contact)
    return found


def test_what_was_chosen_is_noted_with_its_benefit() -> None:
    contacts = Contacts()
    decision = decide([offer(benefit="mug")], standing(), OPEN, Model(), NOON_US, numbered(1))
    contacts.note(decision)
    assert list(contacts) == [Contact(NOON_US, "spring", "card", "mug", "h5")]
    assert contacts.benefits == {"mug"}


def test_two_at_the_same_moment_are_two_and_are_taken_back_one_by_one() -> None:
    contacts = heard(*[Contact(10, "spring", "card", "mug", "h5")] * 2)
    for left in (1, 0):
        contacts.take_back(10, "spring", "card")
        assert len(list(contacts)) == left
        assert contacts.benefits == ({"mug"} if left else set())


def test_nothing_said_and_news_are_no_contacts() -> None:
    contacts = Contacts()
    for case, who in ((offer(), standing(granted=False)), (offer(mandatory=True), standing())):
        contacts.note(decide([case], who, OPEN, Model(), NOON_US, numbered(1)))
    assert list(contacts) == []


def test_an_answer_goes_to_the_newest_contact_before_it_and_stays() -> None:
    contacts = heard(*(Contact(at, "spring", "card", None, "push") for at in (10, 20, 40)))
    assert contacts.answer("spring", "card", Outcome.SEEN, 30)
    assert contacts.answer("spring", "card", Outcome.TAKEN, 30)
    assert not contacts.answer("spring", "card", Outcome.SEEN, 30)
    assert not contacts.answer("spring", "card", Outcome.REFUSED, 30)
    assert not contacts.answer("spring", "other", Outcome.TAKEN, 30)
    assert not contacts.answer("spring", "card", Outcome.TAKEN, 9)
    assert [each.outcome for each in contacts] == [Outcome.NONE, Outcome.TAKEN, Outcome.NONE]
    assert contacts.refused == set()


def test_opting_out_refuses_the_channel() -> None:
    contacts = heard(Contact(10, "spring", "card", None, "push"))
    assert contacts.answer("spring", "card", Outcome.OPTED_OUT, 20)
    assert contacts.refused == {"push"}


def test_what_was_never_said_is_taken_back_with_its_benefit() -> None:
    contacts = heard(
        Contact(10, "spring", "card", "mug", "push"), Contact(20, "spring", "cup", "cup", "push")
    )
    contacts.take_back(10, "spring", "card")
    assert [each.offer for each in contacts] == ["cup"]
    assert contacts.benefits == {"cup"}


def test_a_call_is_remembered_however_many_messages_follow() -> None:
    contacts = heard(
        Contact(1, "spring", "card", None, "call"),
        *[Contact(at, "spring", "card", None, "push") for at in range(2, RING + 12)],
    )
    kept = [(each.channel, each.at_us) for each in contacts]
    assert kept == [("call", 1), *[("push", at) for at in range(12, RING + 12)]]


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(["push", "sms", "h5"])), max_size=250)
)
def test_the_newest_of_each_channel_and_of_all_are_kept_whatever_the_order(
    said: list[tuple[int, str]],
) -> None:
    contacts = heard(*(
        Contact(at, "spring", f"o{place}", None, channel)
        for place, (at, channel) in enumerate(said)
    ))  # fmt: skip
    kept = [each.at_us for each in contacts]
    assert kept == sorted(kept)
    for channel in ("push", "sms", "h5"):
        everything = sorted(at for at, by in said if by == channel)
        assert [each.at_us for each in contacts if each.channel == channel] == everything[-RING:]
    assert kept[-RING:] == sorted(at for at, _ in said)[-RING:]


@given(
    st.lists(st.tuples(st.integers(-(2**60), 2**60), st.sampled_from(list(Outcome))), max_size=9)
)
def test_a_row_gives_the_same_contacts_and_the_same_row(said: list[tuple[int, Outcome]]) -> None:
    contacts = heard(*(
        Contact(at, "spring", f"o{place}", f"b{place % 3}", "push", outcome)
        for place, (at, outcome) in enumerate(said)
    ))  # fmt: skip
    contacts.refused = {"sms", "call"}
    row = msgspec.msgpack.encode(contacts.to_row())
    again = Contacts.from_row(msgspec.msgpack.decode(row))
    assert list(again) == list(contacts)
    assert all(isinstance(each.outcome, Outcome) for each in again)
    assert (again.benefits, again.refused) == (contacts.benefits, contacts.refused)
    assert msgspec.msgpack.encode(again.to_row()) == row
