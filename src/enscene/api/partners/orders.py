"""Bodies of partners' requests."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from enscene.partners.conformance.runs import Fault
from enscene.tenants.apps import Signing
from enscene.tenants.apps.redirects import LENGTH_MOST, URIS_MOST

Name = Annotated[str, Meta(min_length=2, max_length=100)]
Contact = Annotated[str, Meta(min_length=1, max_length=60)]
Email = Annotated[str, Meta(min_length=5, max_length=200)]
Purpose = Annotated[str, Meta(min_length=5, max_length=1_000)]
Scope = Annotated[str, Meta(min_length=1, max_length=200)]
Scopes = Annotated[list[Scope], Meta(max_length=20)]
Uri = Annotated[str, Meta(min_length=1, max_length=LENGTH_MOST)]
Level = Literal["A1", "A2"]
Word = Annotated[str, Meta(min_length=1, max_length=64)]


class NewApplication(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/partner-applications`. `bank` is the ref of the bank's tenant."""

    bank: Annotated[str, Meta(min_length=2, max_length=32)]
    name: Name
    contact: Contact
    email: Email
    purpose: Purpose
    level: Level = "A1"
    scopes: Scopes = []


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """What a partner answers to a question."""

    answer: Literal["yes", "partly", "no"]
    evidence: Annotated[str, Meta(max_length=1_000)] = ""


class ApplicationChange(msgspec.Struct, forbid_unknown_fields=True):
    """`PATCH /v1/partner-applications/{id}`; what is not named stays."""

    name: Name | UnsetType = UNSET
    contact: Contact | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    purpose: Purpose | UnsetType = UNSET
    level: Level | UnsetType = UNSET
    scopes: Scopes | UnsetType = UNSET
    webhook_url: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    redirect_uris: Annotated[list[Uri], Meta(max_length=URIS_MOST)] | UnsetType = UNSET
    signing: Signing | UnsetType = UNSET
    software: Annotated[str, Meta(max_length=60)] | UnsetType = UNSET
    answers: dict[Word, Answer] | UnsetType = UNSET


class Keys(msgspec.Struct, forbid_unknown_fields=True):
    """`…/sandbox`: public keys, or none for a pair that is made by the bank."""

    jwks: list[dict[str, Any]] | None = None


class LiveKeys(msgspec.Struct, forbid_unknown_fields=True):
    """`…/go-live`."""

    jwks: list[dict[str, Any]]


class Delivery(msgspec.Struct, forbid_unknown_fields=True):
    """`…/deliveries`: one event, with a fault."""

    fault: Fault = "none"


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """A body without fields."""


class Act(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/conformance-runs/{run}/acts`."""

    event: Word
    amount: Annotated[str, Meta(pattern=r"^[0-9]{1,9}\.[0-9]{2}$")]
