"""A core system that is spoken to in files: what is sent is valid, once, and what it answers counts
once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from enscene.commit import admit
from enscene.kernel.errors import Invalid
from enscene.shelf.providers import bind_product, send_orders, take_answers
from enscene.shelf.providers.messages import (
    Holder,
    Order,
    credit_transfers,
    direct_debits,
    read_answers,
)
from shelf.contracts.test_contracts import Bank, a_bank

DATA = Path(__file__).parents[4] / "shared" / "data" / "iso20022"
BANK = Holder("入景银行", "6222000011112222")
REPORT = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>
<OrgnlPmtInfAndSts>{}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"""
ONE = "<TxInfAndSts><OrgnlEndToEndId>{}</OrgnlEndToEndId><TxSts>{}</TxSts></TxInfAndSts>"


def report(**states: str) -> bytes:
    told = "".join(ONE.format(name.replace("_", "-"), state) for name, state in states.items())
    return REPORT.format(told).encode()


def ids(path: Path) -> list[str]:
    return [e.text or "" for e in ET.parse(path).iter() if e.tag.endswith("}EndToEndId")]


@pytest.fixture
async def bank(pool: Any) -> AsyncIterator[Bank]:
    made = await a_bank(pool)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [made.tenant])
        await connection.execute(
            "update party set name = '林 & 家', profile = $1", {"account": "6228480012345678901"}
        )
    await bind_product(
        pool, made.tenant, "instalment", "iso20022", name="入景银行", account="62220"
    )
    yield made
    for writer in made.writers.values():
        await writer.close()


async def own(bank: Bank) -> int:
    return (await bank.balances()).get("current", 0)


async def test_what_was_lent_goes_out_once(bank: Bank, tmp_path: Path) -> None:
    await bank.open("instalment", 1_200_00, months=3)
    sent = await send_orders(bank.pool, bank.contracts, bank.tenant, tmp_path)
    assert (sent.out, sent.collected, len(sent.files)) == (1, 0, 1)
    assert await own(bank) == 0
    again = await send_orders(bank.pool, bank.contracts, bank.tenant, tmp_path)
    assert (again.out, again.files) == (0, [])
    await bank.proved()


async def test_what_cannot_be_paid_comes_back_with_a_case(bank: Bank, tmp_path: Path) -> None:
    await bank.open("instalment", 1_200_00, months=3)
    sent = await send_orders(bank.pool, bank.contracts, bank.tenant, tmp_path)
    answer = report(**{ids(sent.files[0])[0].replace("-", "_"): "RJCT"})
    for again in (0, 1):
        taken = await take_answers(bank.pool, bank.contracts, bank.tenant, answer)
        assert (taken.rejected, taken.again) == (1 - again, again)
    assert await own(bank) == 1_200_00
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant])
        assert await connection.fetchval("select count(*) from work_case") == 1
    await bank.proved()


async def test_what_is_due_is_collected_and_debited(bank: Bank, tmp_path: Path) -> None:
    loan = await bank.open("instalment", 1_200_00, months=3)
    await send_orders(bank.pool, bank.contracts, bank.tenant, tmp_path)
    await bank.to(date(2027, 2, 10))
    await bank.contracts.close_days(bank.tenant)
    due = (await bank.contracts.one(bank.tenant, loan)).told["due_minor"]
    assert due > 400_00
    sent = await send_orders(bank.pool, bank.contracts, bank.tenant, tmp_path)
    assert (sent.out, sent.collected) == (0, 1)
    asked = await send_orders(bank.pool, bank.contracts, bank.tenant, tmp_path)
    assert asked.collected == 0, "it is being asked for already"
    answer = report(**{ids(sent.files[0])[0].replace("-", "_"): "ACSC", "nobody_1": "ACSC"})
    taken = await take_answers(bank.pool, bank.contracts, bank.tenant, answer)
    assert (taken.settled, taken.unknown) == (1, ["nobody-1"])
    held = await bank.contracts.one(bank.tenant, loan)
    assert held.told["due_minor"] == 0
    assert await own(bank) == 0
    await bank.proved()


def test_files_are_valid_by_the_standard() -> None:
    if not (DATA / "xsd").is_dir():
        pytest.skip("the schemas of ISO 20022 are not here")
    etree = pytest.importorskip("lxml.etree")
    at = datetime(2027, 2, 10, 3, 4, 5, tzinfo=UTC)
    orders = [
        Order("1-0", 120000, "CNY", Holder("林 & <家>", "6228480012345678901"), "drawn", "m" * 32,
              date(2027, 1, 10)),
        Order("2-0", 1, "CNY", Holder("Ann", "DE89370400440532013000"), "a" * 200, "m2"),
    ]  # fmt: skip
    for write, name in ((credit_transfers, "pain.001.001.09"), (direct_debits, "pain.008.001.08")):
        schema = etree.XMLSchema(etree.parse(str(DATA / "xsd" / f"{name}.xsd")))
        document = etree.fromstring(write("ES-1", at, BANK, orders))
        schema.validate(document)
        assert not schema.error_log, schema.error_log
        assert document.find(".//{*}CtrlSum").text == "1200.01"


def test_answers_of_other_banks_are_read() -> None:
    folder = DATA / "samples" / "moov"
    if not folder.is_dir():
        pytest.skip("the samples of ISO 20022 are not here")
    read = {
        path.name: read_answers(path.read_bytes())
        for path in folder.glob("*.xml")
        if path.name.lower().startswith("pain002") or "camt.054" in path.name.lower()
    }
    assert len(read) >= 8
    [rejected] = read["pain002-epo_p_ch5109000000250092291_1110097605_0_2018031511252307.xml"]
    assert (rejected.id, rejected.outcome, rejected.reason) == (
        "EndToEndId-001-03-04", "rejected", "AC01",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"<Document>", "core.not_xml"),
        (b"nothing", "core.not_xml"),
        (b'<!DOCTYPE d [<!ENTITY a "b">]><Document>&a;</Document>', "core.dtd"),
        (b"<Document><CstmrCdtTrfInitn/></Document>", "core.message"),
    ],
)
def test_what_is_no_answer_is_refused(text: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_answers(text)
    assert refused.value.code == code
