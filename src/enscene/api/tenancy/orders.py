"""Bodies of requests about a tenant's own affairs."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from enscene.tenants.brands import LOGO_MOST
from enscene.tenants.users.change_people import NAME_MOST

LOGO_TEXT_MOST = LOGO_MOST * 4 // 3 + 4
"""Characters of a logo in base64."""
Word = Annotated[str, Meta(max_length=64)]
Roles = Annotated[list[Word], Meta(min_length=1, max_length=20)]
Name = Annotated[str, Meta(min_length=1, max_length=NAME_MOST)]


class NewPerson(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/people`."""

    login: Word
    name: Name
    roles: Roles
    party: Word | None = None


class PersonChange(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/people/{login}/changes`; `roles` and `party` are for the act `roles` alone."""

    act: Literal["roles", "block", "admit", "password"]
    roles: Roles | None = None
    party: Word | None = None


class Decision(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/people/changes/{change}/decide`."""

    decision: Literal["approve", "reject"]


class NewBrand(msgspec.Struct, forbid_unknown_fields=True):
    """`PUT /v1/brand`. `logo` in base64; null drops it, and without it the one before stays."""

    zh: Word
    en: Word
    accent: Annotated[str, Meta(max_length=7)]
    logo: Annotated[str, Meta(max_length=LOGO_TEXT_MOST)] | UnsetType | None = UNSET


class NewTicket(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/tickets`."""

    kind: Literal["question", "fault", "wish", "reconciliation"]
    title: Annotated[str, Meta(max_length=120)]
    text: Annotated[str, Meta(max_length=2_000)]


class Words(msgspec.Struct, forbid_unknown_fields=True):
    """`…/tickets/{ticket}/lines`."""

    text: Annotated[str, Meta(max_length=2_000)]


class LastWords(msgspec.Struct, forbid_unknown_fields=True):
    """`…/tickets/{ticket}/close`; whoever asked says that it is done."""

    text: Annotated[str, Meta(max_length=2_000)] = ""
