"""The published figures come out of the published log, and other files are told as what they are."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from enscene.cli._verify_bandit import (
    Shown,
    campaign_of,
    logged_of,
    read_prior,
    read_shown,
    verify_bandit,
)
from enscene.engagement.off_policy import estimate_ips
from enscene.kernel.errors import Invalid

DATA = Path(__file__).parents[3] / "shared/data/openbandit"
HEAD = "timestamp,item_id,position,click,propensity_score\n"


@pytest.fixture
def data() -> Path:
    if not DATA.is_dir():
        pytest.skip("Open Bandit's log is not here")
    return DATA


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_the_published_estimate_comes_out(data: Path) -> None:
    pytest.importorskip("numpy", reason="the packages of `verify bandit` are not installed")
    found = verify_bandit(data)
    assert (found["ipw"], found["relative_error"], found["reached"]) == (0.004553, 0.084019, True)
    assert found["against_chance"]["verdict"] == "untold"


def test_the_log_of_chance_judged_by_chance_earns_what_it_earned(data: Path) -> None:
    """Eighty items at three places, each as likely as another: the weights are 1."""
    shown = list(read_shown(data / "random_all.csv.gz"))
    rows = list(logged_of(shown, [[1 / 80] * 3] * 80))
    found = estimate_ips(rows)
    assert (len(rows), found.effective) == (10_000, pytest.approx(10_000))
    assert found.value == pytest.approx(38 / 10_000)


def model_of(shown: Sequence[Shown]) -> list[float]:
    return [each.foretold for each in logged_of(shown, [[0.5] * 3] * 2)]


def test_a_model_has_not_seen_what_it_foretells() -> None:
    shown = [Shown(place % 2, 0, 0.5, 0.0) for place in range(20)]
    shown[5] = Shown(1, 0, 0.5, 1.0)
    without = [*shown]
    without[5] = Shown(1, 0, 0.5, 0.0)
    changed = {
        place for place, (one, other) in enumerate(zip(model_of(shown), model_of(without),
                                                       strict=True)) if one != other
    }  # fmt: skip
    assert changed
    assert not changed & {0, 1, 2, 3}, "the rows of its own fold know nothing of it"


def test_what_is_no_log_is_told_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="random_"):
        campaign_of(tmp_path)
    broken = write(tmp_path, "random_men.csv.gz", HEAD + "t,x,1,0,0.5\n")
    assert campaign_of(tmp_path) == "men"
    for path in (broken, write(tmp_path, "a.csv.gz", "a,b\n1,2\n"), tmp_path / "none.csv.gz"):
        with pytest.raises(Invalid, match=path.name):
            list(read_shown(path))
    prior = tmp_path / "prior_bts.yaml"
    for text in ("all: 3", "men: {alpha: [x], beta: [1]}", "{"):
        prior.write_text(text)
        with pytest.raises(Invalid, match=r"prior_bts\.yaml"):
            read_prior(prior, "men")
