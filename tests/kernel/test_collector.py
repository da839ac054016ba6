"""Patience ends with the last block that wants it, also by a fault."""

from __future__ import annotations

import gc
from contextlib import ExitStack

import pytest

from enscene.kernel.collector import PATIENT, patient_collector


def test_patience_ends_with_its_block() -> None:
    before = gc.get_threshold()
    with patient_collector():
        assert gc.get_threshold() == (PATIENT, *before[1:])
    assert gc.get_threshold() == before
    with pytest.raises(KeyError), patient_collector():
        raise KeyError
    assert gc.get_threshold() == before


def test_blocks_may_overlap() -> None:
    before = gc.get_threshold()
    first, second = ExitStack(), ExitStack()
    first.enter_context(patient_collector())
    second.enter_context(patient_collector())
    first.close()
    assert gc.get_threshold()[0] == PATIENT
    second.close()
    assert gc.get_threshold() == before
