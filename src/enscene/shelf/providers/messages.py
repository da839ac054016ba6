"""ISO 20022 messages: pain.001 and pain.008 are written, pain.002 and camt.054 are read.

Source: the message definitions pain.001.001.09, pain.008.001.08, pain.002.001.03 and later, and
camt.054.001.02 and later. Only what stands in every version of them is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from xml.etree import ElementTree as ET

from enscene.kernel.errors import Invalid
from enscene.kernel.money import format_money

PAIN_001 = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
PAIN_008 = "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"
SIZE_MOST = 50_000_000
REJECTED = frozenset({"RJCT", "CANC"})
SETTLED = frozenset({"ACSC", "ACCC", "ACCP", "ACSP", "ACWC"})


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose account: `account` is an IBAN or a number of the bank's own."""

    name: str
    account: str


@dataclass(frozen=True, slots=True)
class Order:
    """One payment. `id` is its end-to-end id (at most 35 characters), `amount` minor units;
    `mandate` is what a debit is based on, signed on `since`."""

    id: str
    amount: int
    currency: str
    customer: Holder
    about: str
    mandate: str = ""
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What was said of one payment."""

    id: str
    outcome: Literal["settled", "rejected"]
    reason: str


def credit_transfers(message: str, at: datetime, bank: Holder, orders: Sequence[Order]) -> bytes:
    """pain.001: the bank pays its customers."""
    root, body = _document(PAIN_001, "CstmrCdtTrfInitn")
    _header(body, message, at, bank, orders)
    info = _payments(body, message, "TRF", orders)
    _date(_add(info, "ReqdExctnDt"), "Dt", at.date())
    _holder(info, "Dbtr", bank)
    _agent(info, "DbtrAgt")
    for order in orders:
        one = _add(info, "CdtTrfTxInf")
        _add(_add(one, "PmtId"), "EndToEndId", order.id)
        _amount(_add(one, "Amt"), order)
        _holder(one, "Cdtr", order.customer)
        _add(_add(one, "RmtInf"), "Ustrd", order.about[:140])
    return _bytes(root)


def direct_debits(message: str, at: datetime, bank: Holder, orders: Sequence[Order]) -> bytes:
    """pain.008: the bank collects from its customers, by their mandates."""
    root, body = _document(PAIN_008, "CstmrDrctDbtInitn")
    _header(body, message, at, bank, orders)
    info = _payments(body, message, "DD", orders)
    _date(info, "ReqdColltnDt", at.date())
    _holder(info, "Cdtr", bank)
    _agent(info, "CdtrAgt")
    for order in orders:
        one = _add(info, "DrctDbtTxInf")
        _add(_add(one, "PmtId"), "EndToEndId", order.id)
        _amount(one, order)
        mandate = _add(_add(one, "DrctDbtTx"), "MndtRltdInf")
        _add(mandate, "MndtId", order.mandate[:35])
        _date(mandate, "DtOfSgntr", order.since or at.date())
        _agent(one, "DbtrAgt")
        _holder(one, "Dbtr", order.customer)
        _add(_add(one, "RmtInf"), "Ustrd", order.about[:140])
    return _bytes(root)


def read_answers(text: bytes, file: str = "") -> list[Answered]:
    """What a pain.002 or camt.054 says of payments that we sent.

    Raises: Invalid, for what is no such message or says nothing of single payments.
    """
    root = _parse(text, file)
    kinds = {_local(child) for child in root}
    if "CstmrPmtStsRpt" in kinds:
        return list(_of_report(root))
    if "BkToCstmrDbtCdtNtfctn" in kinds:
        return list(_of_notice(root))
    raise Invalid(
        "neither a pain.002 nor a camt.054", code="core.message", param=file or None,
        hint="a status report or a notification of debits and credits is read",
    )  # fmt: skip


def _of_report(root: ET.Element) -> Iterator[Answered]:
    for one in _all(root, "TxInfAndSts"):
        status = _text(one, "TxSts")
        reason = _text(one, "StsRsnInf/Rsn/Cd") or _text(one, "StsRsnInf/Rsn/Prtry")
        found = _text(one, "OrgnlEndToEndId")
        if not found:
            continue
        if status in REJECTED:
            yield Answered(found, "rejected", reason or status)
        elif status in SETTLED:
            yield Answered(found, "settled", status)


def _of_notice(root: ET.Element) -> Iterator[Answered]:
    for entry in _all(root, "Ntry"):
        status = _text(entry, "Sts/Cd") or _text(entry, "Sts")
        if status != "BOOK":
            continue
        for one in _all(entry, "TxDtls"):
            found = _text(one, "Refs/EndToEndId")
            if not found or found == "NOTPROVIDED":
                continue
            reason = _text(one, "RtrInf/Rsn/Cd")
            if reason or _text(entry, "RvslInd") == "true":
                yield Answered(found, "rejected", reason or "reversed")
            else:
                yield Answered(found, "settled", "BOOK")


# -- reading -----------------------------------------------------------------------------------


def _parse(text: bytes, file: str) -> ET.Element:
    """The document. A message never has a DTD, so that entities cannot be declared in one."""
    if len(text) > SIZE_MOST:
        raise Invalid("the file is too large", code="core.too_large", param=file or None)
    if b"<!" in text[:10_000].replace(b"<!--", b"") or b"<!ENTITY" in text:
        raise Invalid("a message has no DTD", code="core.dtd", param=file or None)
    try:
        return ET.fromstring(text)
    except ET.ParseError as error:
        line, column = error.position
        raise Invalid(
            f"not XML: line {line}, column {column}", code="core.not_xml", param=file or None,
            facts={"line": line, "column": column},
        ) from None  # fmt: skip


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _all(element: ET.Element, name: str) -> Iterator[ET.Element]:
    return (each for each in element.iter() if _local(each) == name)


def _text(element: ET.Element, path: str) -> str:
    """The text at a path of names, whatever their namespace; "" when there is none."""
    found: list[ET.Element] = [element]
    for name in path.split("/"):
        found = [child for each in found for child in each if _local(child) == name]
    return (found[0].text or "").strip() if found else ""


# -- writing -----------------------------------------------------------------------------------


def _document(namespace: str, name: str) -> tuple[ET.Element, ET.Element]:
    root = ET.Element("Document", {"xmlns": namespace})
    return root, _add(root, name)


def _add(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = text
    return element


def _date(parent: ET.Element, name: str, day: date) -> None:
    _add(parent, name, day.isoformat())


def _header(
    body: ET.Element, message: str, at: datetime, bank: Holder, orders: Sequence[Order]
) -> None:
    header = _add(body, "GrpHdr")
    _add(header, "MsgId", message)
    _add(header, "CreDtTm", at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    _add(header, "NbOfTxs", str(len(orders)))
    _add(header, "CtrlSum", _sum(orders))
    _add(_add(header, "InitgPty"), "Nm", bank.name[:140])


def _payments(body: ET.Element, message: str, method: str, orders: Sequence[Order]) -> ET.Element:
    info = _add(body, "PmtInf")
    _add(info, "PmtInfId", message)
    _add(info, "PmtMtd", method)
    _add(info, "NbOfTxs", str(len(orders)))
    _add(info, "CtrlSum", _sum(orders))
    return info


def _sum(orders: Sequence[Order]) -> str:
    """All of one currency: a file is of one."""
    return format_money(sum(order.amount for order in orders), orders[0].currency)


def _amount(parent: ET.Element, order: Order) -> None:
    element = _add(parent, "InstdAmt", format_money(order.amount, order.currency))
    element.set("Ccy", order.currency)


def _holder(parent: ET.Element, role: str, holder: Holder) -> None:
    _add(_add(parent, role), "Nm", holder.name[:140])
    identity = _add(_add(parent, f"{role}Acct"), "Id")
    if holder.account[:2].isalpha():
        _add(identity, "IBAN", holder.account)
    else:
        _add(_add(identity, "Othr"), "Id", holder.account[:34])


def _agent(parent: ET.Element, role: str) -> None:
    """The customer's bank is this one: it needs no code."""
    _add(_add(_add(_add(parent, role), "FinInstnId"), "Othr"), "Id", "NOTPROVIDED")


def _bytes(root: ET.Element) -> bytes:
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
