"""The receivers in docs/webhooks.md take the published example and what we send, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from api.webhooks.test_sign import AT, BODY, ID, SECRET, signed
from enscene.api.webhooks.sign import SigningKey, headers_of

PAGE = Path(__file__).parents[3] / "docs" / "webhooks.md"


def code(language):
    """The only block of the page in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return found


def cases():
    """(secret, headers, body, now, whether it is genuine)."""
    old, new, pair = (
        SigningKey.generate("v1"),
        SigningKey.generate("v1"),
        SigningKey.generate("v1a"),
    )
    ours = dict(headers_of([new, pair, old], "evt_1_7", AT, BODY))
    yield SECRET, signed(), BODY, AT, True
    yield old.secret, ours, BODY, AT, True
    yield new.secret, ours, BODY, AT + 299, True
    yield pair.public, ours, BODY, AT, True
    yield SECRET, ours, BODY, AT, False
    yield SigningKey.generate("v1a").public, ours, BODY, AT, False
    for secret in (SECRET,):
        yield secret, signed(), BODY + b" ", AT, False
        yield secret, signed(), BODY, AT + 301, False
        yield secret, signed(), BODY, AT - 301, False
        yield secret, signed(id="evt_1_8"), BODY, AT, False
        yield secret, signed(signature=""), BODY, AT, False
        yield secret, signed(signature="v1,"), BODY, AT, False
        yield secret, signed(timestamp=str(AT + 1)), BODY, AT, False
    yield pair.public, ours, b"", AT, False
    yield pair.public, ours | {"webhook-signature": "v1a,"}, BODY, AT, False


def test_the_one_in_python():
    space = {"time": time}
    exec(code("python"), space)
    verify = space["verify"]
    for secret, headers, body, now, genuine in cases():
        if secret.startswith("whpk_"):
            continue  # it knows shared secrets alone
        if genuine:
            assert verify(secret, headers, body, now=now) == headers["webhook-id"]
        else:
            with pytest.raises(ValueError, match=r"old|fits"):
                verify(secret, headers, body, now=now)
    assert ID == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_the_one_in_node(tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine")
    (tmp_path / "receiver.mjs").write_text(code("js"))
    run = """
      import { verify } from "./receiver.mjs";
      import { readFileSync } from "node:fs";
      const said = JSON.parse(readFileSync(0)).map(([secret, headers, body, now]) => {
        try { return verify(secret, headers, Buffer.from(body, "base64"), now); }
        catch (error) { return null; }
      });
      console.log(JSON.stringify(said));
    """
    (tmp_path / "run.mjs").write_text(run)
    given = list(cases())
    from base64 import b64encode

    sent = [
        [secret, headers, b64encode(body).decode(), now] for secret, headers, body, now, _ in given
    ]
    done = subprocess.run(
        [node, "run.mjs"], cwd=tmp_path, input=json.dumps(sent), text=True, capture_output=True,
        timeout=60, check=True,
    )  # fmt: skip
    wanted = [headers["webhook-id"] if genuine else None for _, headers, _, _, genuine in given]
    assert json.loads(done.stdout) == wanted
