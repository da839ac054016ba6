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
    """Keep what the customer has said of fields that nobody knew, or that they themselves had said
    in an earlier application and say otherwise now. Raises: Conflict, Invalid."""
    missing = missing_fields(application.quote["kind"], application.fields)
    earlier = {name for name, kept in application.fields.items() if kept["from"] == "earlier"}
    told = {name: text for name, text in given.items() if name in earlier.union(missing) and text}
    if not told:
        return application
    application.need("begun")
    read = {name: read_field(name, text, application.currency) for name, text in told.items()}
    new = {
        name: {"value": value, "from": "customer"}
        for name, value in read.items()
        if name in missing or value != application.fields[name]["value"]
    }
    if not new:
        return application
    fields = {**application.fields, **new}
    data = sorted({*application.data, *(f"customer.{name}" for name in new)})
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
