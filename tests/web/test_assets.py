"""Front-end packages: exact, checked, and without the address of a registry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from enscene.web import assets
from enscene.web.assets import FILES, fetch_assets

ROOT = Path(__file__).parents[2]


def test_lock_has_digests_and_no_addresses():
    text = (ROOT / "package-lock.json").read_text("utf-8")
    packages = {name: told for name, told in json.loads(text)["packages"].items() if name}
    assert packages
    assert all(told["integrity"].startswith("sha512-") for told in packages.values())
    assert "resolved" not in text
    assert "://" not in text


def test_what_is_there_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    calls = []

    def install(work: Path, home: Path, *, development: bool) -> bool:
        calls.append(development)
        for source in FILES.values():
            place = work / "node_modules" / source
            place.parent.mkdir(parents=True)
            place.write_text("// it")
        return True

    monkeypatch.setattr(assets, "_install", install)
    folder = fetch_assets(tmp_path)
    assert folder is not None
    assert fetch_assets(tmp_path) == folder
    assert calls == [False]
    assert {item.name for item in folder.iterdir()} == set(FILES)


def test_pages_do_without_where_nothing_can_be_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(assets, "_npm", lambda home: None)
    assert fetch_assets(tmp_path) is None
    assert list((tmp_path).iterdir()) == []
