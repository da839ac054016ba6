"""Partners and their runs as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from enscene.kernel.clock import format_time
from enscene.partners.conformance import Run, read_words, run_id
from enscene.partners.find_partner import StageTime, days_of
from enscene.partners.partner import Partner
from enscene.partners.standard import read_standard, score

Told = dict[str, Any]


def partner_told(partner: Partner, stages: Sequence[StageTime], refs: dict[int, str]) -> Told:
    """A partner as it sees itself; `refs` are those of tenants. What the bank notes of evidence
    that it does not accept is told; who said what is not."""
    standard = read_standard()
    found = score(standard, partner.level, partner.answers, partner.findings)
    decided = next((each for each in reversed(stages) if each.stage in _DECIDED), None)
    return {
        "id": partner.number,
        "bank": refs[partner.tenant],
        "stage": partner.stage,
        "days": days_of(stages),
        "name": partner.name,
        "contact": partner.contact,
        "email": partner.email,
        "purpose": partner.purpose,
        "level": partner.level,
        "scopes": list(partner.scopes),
        "webhook_url": partner.webhook_url,
        "redirect_uris": list(partner.redirect_uris),
        "signing": partner.signing,
        "software": partner.software,
        "settings": partner.settings,
        "application": partner.round,
        "answers": {name: dict(answer) for name, answer in partner.answers.items()},
        "missing": list(found.missing),
        "scores": [
            {"area": each.area, "claimed": each.claimed, "accepted": each.accepted,
             "floor": each.floor}
            for each in found.areas
        ],
        "not_accepted": {
            question: finding["note"]
            for question, finding in partner.findings.items()
            if not finding["accepted"]
        },
        "decision": None if decided is None else {
            "stage": decided.stage, "reasons": decided.why, "at": format_time(decided.at),
        },
        "sandbox_client_id": _client(refs, partner.sandbox, partner.sandbox_app_name)
        if partner.sandbox_app is not None else None,
        "live_client_id": _client(refs, partner.tenant, partner.app_name)
        if partner.live_app is not None else None,
        "asked_to_go_live": partner.live_keys is not None,
    }  # fmt: skip


_DECIDED = ("admitted", "refused", "suspended", "left")


def _client(refs: dict[int, str], tenant: int | None, name: str) -> str | None:
    return None if tenant is None else f"{refs[tenant]}.{name}"


def run_told(run: Run, *, chinese: bool = False) -> Told:
    """A run with its verdicts in words."""
    words, language = read_words(), "zh" if chinese else "en"
    checks = []
    for each in run.checks:
        told = {"check": each["check"], "passed": each["passed"], "reason": each["reason"]}
        told["title"] = getattr(words.checks[each["check"]].title, language)
        reason = words.reasons.get(each["reason"] or "")
        told["why"] = told["way_out"] = None
        if reason is not None:
            told["why"] = getattr(reason.why, language).format(**each["facts"])
            told["way_out"] = getattr(reason.way_out, language).format(**each["facts"])
        told["answers"] = [{"event": event, "answer": str(said)} for event, said in each["answers"]]
        checks.append(told)
    return {
        "id": run_id(run.id),
        "kind": run.kind,
        "fault": run.fault,
        "state": run.state,
        "settings": run.settings,
        "version": words.version,
        "asked_at": format_time(run.asked_at),
        "done_at": None if run.done_at is None else format_time(run.done_at),
        "checks": checks,
    }


def standard_told() -> Told:
    """The standard, so that anybody knows before applying."""
    standard = read_standard()
    return {
        "version": standard.version,
        "areas": {n: {"zh": w.zh, "en": w.en} for n, w in standard.areas.items()},
        "floors": {level: dict(floors) for level, floors in standard.floors.items()},
        "questions": [
            {"id": each.id, "area": each.area, "weight": each.weight, "must": each.must,
             "levels": list(each.levels), "zh": each.zh, "en": each.en,
             "evidence": {"zh": each.evidence.zh, "en": each.evidence.en}}
            for each in standard.questions
        ],
    }  # fmt: skip
