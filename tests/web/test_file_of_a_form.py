"""A field that should hold a file, and holds something else."""

from __future__ import annotations

import pytest

from enscene.kernel.errors import Invalid
from enscene.tenants.users import create_user
from enscene.web.read_upload import file_of
from web.conftest import PASSWORD, Bank


@pytest.mark.parametrize("text", ["金丝雀", "abc", "=HYPERLINK()", "a b c d"])
def test_what_is_no_base64_is_no_file(text: str):
    with pytest.raises(Invalid) as error:
        file_of(text)
    assert error.value.code == "console.form"
    assert file_of("") == b""
    assert file_of("eA==") == b"x"


async def test_a_logo_that_is_no_file_is_refused(bank: Bank):
    await create_user(
        bank.pool, bank.tenant, "root", name="root", password=PASSWORD, roles=["admin"]
    )
    client = await bank.client("root")
    form = {"csrf": bank.sessions["root"].csrf, "zh": "新", "en": "New", "accent": "#7a1020"}
    answer = await client.post(
        "/institution/brand", data=form | {"logo": "金丝雀"}, headers={"origin": "http://bank.test"}
    )
    assert answer.status_code == 400
    assert "新" in answer.text
