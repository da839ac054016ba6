"""Whatever is done to a pack's files, the checks end with a pack or with mistakes."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from enscene.scenes.language import load_pack_files
from enscene.scenes.language.scaffold import new_pack

GOOD = new_pack("corner_shop")
FILES = [name for name in GOOD if name.endswith(".yaml")]
WORDS = sorted(
    {word for text in GOOD.values() for word in re.findall(r"[\w.]+|[{}\[\]:,\"]", text)}
)


@st.composite
def changed(draw: st.DrawFn) -> dict[str, str]:
    files = dict(GOOD)
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from([*FILES, "scene.yaml", "scene.yaml"]))
        lines = files[name].split("\n")
        place = draw(st.integers(0, len(lines) - 1))
        parts = re.findall(r"[\w.]+|\W", lines[place])
        if draw(st.booleans()) or not parts:
            del lines[place]
        else:
            parts[draw(st.integers(0, len(parts) - 1))] = draw(st.sampled_from([*WORDS, ""]))
            lines[place] = "".join(parts)
        files[name] = "\n".join(lines)
    return files


@settings(max_examples=150, deadline=None)
@given(changed())
def test_a_changed_pack_is_a_pack_or_has_mistakes_with_places(files: dict[str, str]) -> None:
    result = load_pack_files(files)
    assert (result.pack is None) == bool(result.mistakes)
    for mistake in result.mistakes:
        assert mistake.file in files
        assert 1 <= mistake.line <= files[mistake.file].count("\n") + 1
        assert mistake.column >= 1
        assert mistake.message
