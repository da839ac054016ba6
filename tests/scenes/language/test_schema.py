"""The JSON Schema takes every pack that the parser takes, and refuses what has not its shape."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from enscene.scenes.language.scaffold import new_pack
from enscene.scenes.language.schema import pack_schema

jsonschema_rs = pytest.importorskip("jsonschema_rs")
PACKS = Path(__file__).parents[3] / "packs"
SCHEMA = pack_schema()


class Yaml12(yaml.SafeLoader):
    """Scalars as editors read them: only true and false are truth values."""


Yaml12.yaml_implicit_resolvers = {}
Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
Yaml12.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^$"), [""])
Yaml12.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^-?[0-9]+$"), list("-0123456789"))


def of(name: str) -> Any:
    schema = SCHEMA
    if name != "scene":
        schema = {"$schema": SCHEMA["$schema"], "$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]}
    return jsonschema_rs.Draft202012Validator(schema)


def kind(name: str) -> str:
    folder, _, file = name.rpartition("/")
    return {"texts": "texts", "variants": "variant"}.get(folder, file.removesuffix(".yaml"))


def files() -> list[tuple[str, str, str]]:
    found = [("new", name, text) for name, text in new_pack("corner_shop").items()]
    for path in sorted(PACKS.glob("*/**/*.yaml")):
        pack, _, name = path.relative_to(PACKS).as_posix().partition("/")
        found.append((pack, name, path.read_text(encoding="utf-8")))
    return [item for item in found if item[1].endswith(".yaml")]


@pytest.mark.parametrize(("pack", "name", "text"), files(), ids=lambda value: str(value)[:30])
def test_the_schema_takes_the_files_of_packs(pack: str, name: str, text: str) -> None:
    value = yaml.load(text, Yaml12)
    assert [error.message for error in of(kind(name)).iter_errors(value)] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("role: stored_value", "role: storedvalue"),
        ("counters:", "conters:"),
        ("version: 0.1.0", "version: new"),
        ("      - move: pay\n", "      - mave: pay\n"),
        ("max: options.daily_limit, ", ""),
        ("{pay_code: pay}", "{paycode: pay}"),
    ],
)
def test_the_schema_refuses_another_shape(old: str, new: str) -> None:
    text = new_pack("corner_shop")["scene.yaml"]
    assert old in text
    value = yaml.load(text.replace(old, new, 1), Yaml12)
    assert not of("scene").is_valid(value)
