"""Fill in an application, change a partner's settings, and submit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from enscene.kernel.errors import Conflict, Invalid, Refused
from enscene.partners import store
from enscene.partners.find_partner import read_partner
from enscene.partners.move import enter
from enscene.partners.open_sandbox import fit_sandbox
from enscene.partners.partner import Partner
from enscene.partners.sign_up import check_scopes, check_text
from enscene.partners.standard import EVIDENCE_MOST, POINTS, read_standard, score
from enscene.tenants.apps import SIGNINGS, check_redirects

SOFTWARE_MOST = 60
_URL = re.compile(r"https?://[!-~]{1,490}")
_TEXTS = ("name", "contact", "email", "purpose")
_SETTINGS = ("webhook_url", "software", "scopes", "redirect_uris", "signing")
"""A change of these makes an earlier conformance run worth nothing."""
_FIXED = ("left", "suspended")


async def fill_in(
    pool: store.Pool,
    tenant: int,
    partner: UUID,
    changes: Mapping[str, Any],
    answers: Mapping[str, Mapping[str, str]],
) -> Partner:
    """Change what is named: `name`, `contact`, `email`, `purpose`, `level`, `scopes` while it is
    being filled in; `webhook_url`, `redirect_uris`, `signing`, `software` and the contact at any
    time. `answers` are by
    question: {"answer": "yes", "evidence": "…"}, and what is not named stays.

    Raises: Invalid, Conflict("partner.not_editable"), NotFound.
    """
    values = _checked(changes)
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, partner, lock=True)
        _check_time(known, values, answers)
        if answers:
            values["answers"] = {**known.answers, **_checked_answers(answers)}
            # Evidence that is another has not been looked at.
            changed = {q for q, a in values["answers"].items() if known.answers.get(q) != a}
            values["findings"] = {q: f for q, f in known.findings.items() if q not in changed}
        if any(name in values and _differs(known, name, values[name]) for name in _SETTINGS):
            values["settings"] = known.settings + 1
        if values:
            await store.update(connection, tenant, partner, values)
        if "settings" in values and known.stage == "proven":
            await enter(connection, known, "sandbox", known.number, "settings were changed")
        found = await read_partner(connection, tenant, partner)
    if {"redirect_uris", "signing"} & values.keys():
        await fit_sandbox(pool, found)
    return found


async def submit(pool: store.Pool, tenant: int, partner: UUID) -> Partner:
    """Hand the application in; twice is once. Raises: Conflict, Refused("partner.incomplete")."""
    standard = read_standard()
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, partner, lock=True)
        if known.stage == "applied":
            return known
        missing = score(standard, known.level, known.answers, known.findings).missing
        if known.editable and missing:
            raise Refused(
                f"not answered yet: {', '.join(missing)}",
                code="partner.incomplete",
                facts={"missing": list(missing)},
            )
        await enter(connection, known, "applied", known.number, "")
        fresh = {"standard": standard.version}
        again = known.stage == "refused"
        await store.update(
            connection, tenant, partner, {**fresh, "round": known.round + 1} if again else fresh
        )
        return await read_partner(connection, tenant, partner)


def _check_time(known: Partner, values: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
    fixed = {"name", "purpose", "level", "scopes"} & values.keys()
    closed = (known.stage in _FIXED and not known.renewing) or (fixed and known.renewing)
    if closed or ((fixed or answers) and not known.editable):
        raise Conflict(
            "the application has been handed in",
            code="partner.not_editable",
            facts={"stage": known.stage},
            hint="webhook_url, redirect_uris, signing, software and the contact may still be changed",
        )


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name in _TEXTS:
            values[name] = check_text(name, value)
        elif name == "scopes":
            values[name] = check_scopes(value)
        elif name == "level" and value in ("A1", "A2"):
            values[name] = value
        elif name == "webhook_url" and _URL.fullmatch(value):
            values[name] = value  # where it leads is looked at by whoever calls it
        elif name == "redirect_uris":
            values[name] = check_redirects(value, sandbox=True)  # the live ones are chosen later
        elif (name == "signing" and value in SIGNINGS) or (
            name == "software" and len(value) <= SOFTWARE_MOST and value.isprintable()
        ):
            values[name] = value
        else:
            raise Invalid(f"{name} cannot be that", code="partner.field", param=name)
    return values


def _checked_answers(answers: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    known = {question.id for question in read_standard().questions}
    checked = {}
    for question, given in answers.items():
        answer, evidence = given.get("answer", ""), given.get("evidence", "")
        if question not in known:
            raise Invalid(
                f"there is no question {question[:40]!r}", code="partner.question", param="answers"
            )
        if answer not in POINTS or len(evidence) > EVIDENCE_MOST or "\0" in evidence:
            raise Invalid(
                f"an answer is yes, partly or no, with evidence of at most {EVIDENCE_MOST} "
                "characters",
                code="partner.answer",
                param=f"answers.{question}",
            )
        if answer != "no" and not evidence.strip():
            raise Invalid(
                "yes and partly need evidence",
                code="partner.no_evidence",
                param=f"answers.{question}",
            )
        checked[question] = {"answer": answer, "evidence": evidence.strip()}
    return checked


def _differs(known: Partner, name: str, value: Any) -> bool:
    before = getattr(known, name)
    if isinstance(before, tuple) and isinstance(value, Sequence):
        return before != tuple(value)
    return bool(before != value)
