"""The second factor for money: a one-time code that is bound to what is signed with it.

A code belongs to one application, product, amount, term and price (dynamic linking): when one of
them changes, or the text of a document, it signs nothing. It is kept as a slow, salted digest. Its
life is real time.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import Any

import msgspec

from enscene.engagement.applications import _contact_store, store
from enscene.engagement.applications.application import Application
from enscene.engagement.applications.quote import find_product
from enscene.kernel.errors import EnsceneError, Forbidden, Refused, Unavailable
from enscene.kernel.ids import new_uuid
from enscene.kernel.money import format_money
from enscene.shelf import standard_shelf

DIGITS = 6
LIFE = timedelta(minutes=5)
TRIES_MOST = 5
SENT_MOST, SENT_WITHIN = 5, timedelta(minutes=10)
FREE = ("benefit", "capability")
"""Kinds that bind nobody to pay: one tap is enough."""
_CODE = re.compile(r"[0-9]{6}")
_SALT = 16


def needs_code(kind: str) -> bool:
    """Whether a product of this kind is signed with a second factor."""
    return kind not in FREE


def what_is_signed(application: Application) -> bytes:
    """The digest of all that the customer agrees to."""
    quote = application.quote
    signed = {
        "application": application.ref,
        "customer": application.customer_ref,
        "product": application.product,
        "version": quote["version"],
        "amount": application.amount,
        "months": application.months,
        "currency": application.currency,
        "rates": quote["rates"],
        "pays": quote["pays"],
        "cost": quote["cost_ppm"],
        "texts": standard_shelf().versions_of(quote["documents"]),
    }
    return hashlib.sha256(msgspec.json.encode(signed, order="deterministic")).digest()


async def send_code(
    connection: store.Connection, tenant: int, application: Application, clock: Any
) -> datetime:
    """Send a fresh code to the customer's telephone; until when it holds. Earlier ones are over.

    Raises: Conflict (state), Unavailable("code.too_many").
    """
    application.need("approved")
    real: datetime = clock["real"]
    sent = await _contact_store.count_factors(
        connection, tenant, application.customer, real - SENT_WITHIN
    )
    if sent >= SENT_MOST:
        raise Unavailable(
            "too many codes were sent: wait a while",
            code="code.too_many",
            facts={"retry_after_s": int(SENT_WITHIN.total_seconds())},
        )
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    salt = secrets.token_bytes(_SALT)
    kept = salt + await asyncio.to_thread(_digest, code, salt)
    until = real + LIFE
    await _contact_store.insert_factor(
        connection, tenant, new_uuid(), application.id, application.customer,
        what_is_signed(application), kept, real, until,
    )  # fmt: skip
    zh, en = _message(application, code)
    await _contact_store.insert_message(
        connection, tenant, new_uuid(), application.customer, application.id, "code", zh, en,
        clock["now"],
    )  # fmt: skip
    return until


def _message(application: Application, code: str) -> tuple[str, str]:
    """What the telephone shows: what is signed stands before the code."""
    texts = find_product(application.product).texts
    sums = ["", ""]
    if application.amount is not None:
        sum_ = f"{format_money(application.amount, application.currency)} {application.currency}"
        pays = format_money(application.quote["pays"], application.currency)
        sums = [f" {sum_}", f" {sum_}"]
        if application.months and application.quote["cost_ppm"] is not None:
            cost = f"{application.quote['cost_ppm'] / 10_000:.2f}%"
            sums[0] += f"，{application.months} 个月，共还 {pays}，年化综合成本 {cost}"
            sums[1] += f", {application.months} months, {pays} in all, {cost} a year all in"
    minutes = int(LIFE.total_seconds()) // 60
    zh = (f"您正在办理{texts['zh'].name}{sums[0]}。验证码 {code}，{minutes} 分钟内有效，"
          "切勿告诉任何人，包括银行人员。")  # fmt: skip
    en = (f"You are signing {texts['en'].name}{sums[1]}. Code {code}, good for {minutes} minutes. "
          "Tell nobody, not even the bank.")  # fmt: skip
    return zh, en


async def check_code(
    connection: store.Connection,
    tenant: int,
    application: Application,
    code: str | None,
    real: datetime,
) -> EnsceneError | None:
    """Use the code up. What is wrong with it is returned, not raised, so that the try is counted
    by a transaction that commits."""
    code = (code or "").strip()
    if not code:
        return Forbidden("a code is needed; no try was counted", code="code.missing", param="code",
                         hint="ask for one; it comes to the customer's telephone")  # fmt: skip
    factor = await _contact_store.read_factor(connection, tenant, application.id)
    if factor is None:
        return Forbidden("no code was asked for", code="code.none", param="code")
    if factor["used_at"] is not None or factor["until"] <= real:
        return Forbidden("the code is over: ask for another", code="code.over", param="code")
    if factor["tries"] >= TRIES_MOST:
        return Forbidden("too many wrong codes: ask for another", code="code.tries", param="code")
    if not hmac.compare_digest(bytes(factor["signs"]), what_is_signed(application)):
        return Refused(
            "the code is for another amount or price", code="code.other_sum", param="code"
        )
    await _contact_store.try_factor(connection, tenant, factor["id"])
    kept = bytes(factor["code"])
    fits = _CODE.fullmatch(code) is not None and hmac.compare_digest(
        await asyncio.to_thread(_digest, code, kept[:_SALT]), kept[_SALT:]
    )
    if not fits:
        left = TRIES_MOST - factor["tries"] - 1
        return Forbidden("the code is wrong", code="code.wrong", param="code", facts={"left": left})
    await _contact_store.use_factor(connection, tenant, factor["id"])
    return None


def _digest(code: str, salt: bytes) -> bytes:
    # A million codes are soon tried: each try has to cost.
    return hashlib.scrypt(code.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
