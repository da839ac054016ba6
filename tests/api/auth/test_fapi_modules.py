"""Every module of the FAPI 2.0 conformance suite: tested here, or left out with its reason; and
every control makes its modules fail when it is switched off."""

from __future__ import annotations

import csv
import fnmatch
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from api.auth.bank import Flow
from api.auth.fapi_controls import FAILS
from api.auth.fapi_modules import BEFORE
from api.auth.fapi_par_modules import MODULES
from enscene.kernel import controls

ROOT = Path(__file__).parents[3]
LIST = ROOT.parent / "shared" / "data" / "fapi_conformance" / "fapi2_test_modules.csv"
DOCUMENT = ROOT / "docs" / "fapi.md"


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_module(world: Any, flow: Flow, name: str) -> None:
    await MODULES[name](world, flow)


@pytest.mark.parametrize(
    ("control", "name"), [(control, name) for control in FAILS for name in FAILS[control]]
)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_without_its_control_the_module_fails(
    world: Any, flow: Flow, control: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = controls._CONTROLS[control]

    async def nothing_later(*args: Any, **kwargs: Any) -> None:
        """As if there were no such control."""

    def nothing(*args: Any, **kwargs: Any) -> None:
        """The same for one that nobody waits for."""

    off = nothing_later if inspect.iscoroutinefunction(check) else nothing
    monkeypatch.setitem(controls._CONTROLS, control, off)
    with pytest.raises(AssertionError):
        await MODULES[name](world, flow)


def test_every_control_is_switched_off_by_a_test() -> None:
    # Other parts of the program have controls too, and tests of their own.
    ours = ("enscene.api.auth.", "enscene.customers.authorizations.")
    elsewhere = {
        f"enscene.customers.authorizations.{module}"
        # Of the country, and of a bank's own channels (tests/api/bank_channel).
        for module in ("limits", "stated_factor", "visits")
    }
    held = {
        name
        for name, check in controls._CONTROLS.items()
        if check.__module__.startswith(ours) and check.__module__ not in elsewhere
    }
    # Levels of applications, masks and rates are of other norms (tests/api/test_auth.py,
    # test_flow.py, tests/api/test_limits.py).
    assert held - {"request_party", "api_level", "c2_mask", "request_rate"} == set(FAILS)
    assert {name for names in FAILS.values() for name in names} <= set(MODULES)


def told() -> dict[str, str]:
    """The rows of the document: a module or a pattern of them, and what it says."""
    rows = re.findall(r"^\| `(fapi2-[^`]+)` \| (.+) \|$", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    return dict(rows)


def test_the_document_names_every_test() -> None:
    tested = {name for name, said in told().items() if said == "tested"}
    assert tested == {f"{BEFORE}{name}" for name in MODULES}


@pytest.mark.skipif(not LIST.is_file(), reason="the list of modules is not on this machine")
def test_every_module_of_the_suite_is_in_the_document() -> None:
    rows = told()
    with LIST.open(encoding="utf-8") as file:
        names = [row["testName"] for row in csv.DictReader(file)]
    assert len(names) > 200
    for name in names:
        fits = [row for row in rows if row == name or ("*" in row and fnmatch.fnmatch(name, row))]
        assert fits, f"{name} is neither tested nor left out with a reason"
    for row in rows:
        assert fnmatch.filter(names, row), f"{row} is no module of the suite"
