"""Numbers by which people and firms are told apart."""

from __future__ import annotations

import pytest

from enscene.customers.identity import KeyKind, read_key
from enscene.kernel.errors import Invalid
from enscene.storage.seal import Seal

SEAL = Seal(bytes(range(32)))


@pytest.mark.parametrize(
    ("kind", "written", "same"),
    [("ric", "360426199101010071", "360426 19910101 0071"),
     ("ric", "11010519491231002X", "11010519491231002x"),
     ("uscc", "91110000600037341L", "91110000-600037341-l"),
     ("phone", "13800001234", "+86 138-0000-1234"),
     ("bank_number", "C0012345", "c001 2345")],
)  # fmt: skip
def test_however_it_is_written_it_is_one_key(kind: KeyKind, written: str, same: str) -> None:
    key = read_key(SEAL, kind, written)
    assert key == read_key(SEAL, kind, same)
    assert key.tail == written[-4:]
    assert written.encode() not in key.digest


@pytest.mark.parametrize(
    ("kind", "text"),
    [("ric", "360426199101010072"), ("ric", ""), ("uscc", "91110000600037342L"),
     ("phone", "12800001234"), ("phone", "1380000123"), ("bank_number", "x"),
     ("bank_number", "客户号一二三四")],
)  # fmt: skip
def test_what_does_not_check_is_refused_and_not_told_again(kind: KeyKind, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_key(SEAL, kind, text, param="ric")
    assert (refused.value.code, refused.value.param) == (f"identity.{kind}", "ric")
    assert not text or text not in str(refused.value)


def test_a_digest_is_of_its_kind_and_of_its_home() -> None:
    number = "13800001234"
    here = read_key(SEAL, "phone", number).digest
    assert here != read_key(SEAL, "bank_number", number).digest
    assert here != read_key(Seal(bytes(32)), "phone", number).digest
    assert len(here) == 16
