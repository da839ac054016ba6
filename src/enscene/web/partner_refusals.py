"""What a form of a partner's page answers when it was refused: the field by its label, and why."""

from __future__ import annotations

from dataclasses import dataclass

from enscene.kernel.errors import EnsceneError
from enscene.partners.governance import read_kinds
from enscene.web.language import Texts
from enscene.web.refusals import roles_told

_LABELS = {
    "clauses": {
        **{
            name: f"cooperation.fields.{name}"
            for name in (
                "kind", "title", "purpose", "fields", "every_days", "first_due", "expected",
                "complete", "side", "severity",
            )
        },
        "evidence": "cooperation.evidence", "period": "cooperation.due",
    },
    "incidents": {
        "title": "cooperation.fields.title", "severity": "cooperation.severity",
        "responsible": "cooperation.responsible", "text": "cooperation.text",
    },
    "outsiders": {
        **{name: f"governance.fields.{name}" for name in ("person", "firm", "what", "why")},
        "until": "governance.until",
    },
    "act": {"why": "partners.why", "party": "partners.party"},
    "decision": {"why": "partners.why"},
}  # fmt: skip
_RECORD = "r-"
"""Before the kind in the name of a record's form."""


@dataclass(frozen=True, slots=True)
class Told:
    """`said` is the reason, with the field's label before it; `field` the name of the form's input
    that it is about, "" where it is about none."""

    said: str
    field: str = ""


def tell_partner_form(error: EnsceneError, where: str, t: Texts) -> Told:
    """Why the form `where` was refused, in the words of its labels."""
    said = t.known(f"musts.{error.code}.{error.param}") or t.problem(
        error.code, error.facts, error.detail
    )
    said += roles_told(error, t)
    # An incident is closed with its cause, which is typed into the field of its text.
    param = "text" if (where, error.param) == ("incidents", "cause") else error.param or ""
    label = _label(where, param, t)
    if not label:
        return Told(said)
    name = f"f.{param.removeprefix('fields.')}" if param.startswith("fields.") else param
    return Told(f"{label}{t('governance.colon')}{said}", name)


def _label(where: str, param: str, t: Texts) -> str:
    if not where.startswith(_RECORD):
        key = _LABELS.get(where, {}).get(param)
        return t(key) if key else ""
    kind = read_kinds().find(where.removeprefix(_RECORD))
    if kind is None:
        return ""
    if param == "about":
        return kind.about.en if t.language == "en" else kind.about.zh
    if param in ("on_day", "due_on"):
        return t(f"musts.label.{param}")
    wanted = param.removeprefix("fields.")
    return next((field.title(t.language) for field in kind.fields if field.id == wanted), "")
