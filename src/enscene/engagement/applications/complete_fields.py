"""Fill in what is still missing; a field that is known already is never asked for again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from enscene.engagement.applications import store
from enscene.engagement.applications.application import Application
from enscene.engagement.applications.needed_fields import missing_fields, read_field
from enscene.engagement.applications.read_application import read_application


async def complete_fields(
    connection: store.Connection, tenant: int, application: Application, given: Mapping[str, str]
) -> Application:
    """Keep what the customer has said of fields that nobody knew. Raises: Conflict, Invalid."""
    missing = missing_fields(application.quote["kind"], application.fields)
    told = {name: text for name, text in given.items() if name in missing and text}
    if not told:
        return application
    application.need("begun")
    fields = dict(application.fields)
    for name, text in told.items():
        value = read_field(name, text, application.currency)
        fields[name] = {"value": value, "from": "customer"}
    data = sorted({*application.data, *(f"customer.{name}" for name in told)})
    await store.update_application(connection, tenant, application.id, fields=fields, data=data)
    return await read_application(connection, tenant, application.id)


async def note_asked(
    connection: store.Connection, tenant: int, application: Application, asked: Iterable[str]
) -> int:
    """Every page that asks for fields says so here; how many of them were known already, which
    should be none."""
    again = sum(1 for name in asked if name in application.fields)
    if again:
        await store.update_application(
            connection, tenant, application.id, asked_twice=application.asked_twice + again
        )
    return again
