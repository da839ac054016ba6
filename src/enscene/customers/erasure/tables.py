"""Every table of the schema: whether it may hold anything of a person, and how it is found there.

A table that a later migration adds stands in neither list, and a test fails until somebody has
thought about it.
"""

from __future__ import annotations

APPLICATIONS = "application in (select id from application where tenant = $1 and customer = $2)"

SWEPT: dict[str, str] = {
    "app": "false",
    "app_grant": "false",
    "application": "customer = $2",
    "application_step": APPLICATIONS,
    "api_notice": "false",
    "api_owner": "false",
    "authorization_code": "false",
    "authorization_request": "false",
    "bank_visit": "customer = $2",
    "billing_line": "false",
    "brought_in_entry": "false",
    "brought_in_order": "customer = $2",
    "brought_in_terms": "false",
    "call_limit": "false",
    "campaign": "false",
    "console_user": "false",
    "consent": "party = $2",
    "contract": "customer = $2",
    "contract_entry": "contract in (select id from contract where tenant = $1 and customer = $2)",
    "core_binding": "false",
    "core_order": "customer = $2",
    "credit_decision": "customer = $2",
    "decision": "customer = $2",
    "erasure": "party = $2",
    "event": "false",
    "exchange_rate": "false",
    "export": "false",
    "firm_line": "false",
    "firm_list": "false",
    "forbidden_use": "false",
    "idempotency": "false",
    "identity_tie": "false",
    "launch": "false",
    "legal_hold": "party = $2",
    "login_failure": "false",
    "meter_reading": "false",
    "partner": "false",
    "partner_act": "false",
    "partner_asset": "false",
    "partner_block": "false",
    "partner_call": "false",
    "partner_call_review": "false",
    "partner_clause": "false",
    "partner_contact": "false",
    "partner_date": "false",
    "partner_hole": "false",
    "partner_incident": "false",
    "partner_incident_step": "false",
    "partner_opinion": "false",
    "partner_outsider": "false",
    "partner_period": "false",
    "partner_record": "false",
    "partner_return": "false",
    "partner_run": "false",
    "partner_stage": "false",
    "partner_vote": "false",
    "price": "false",
    "rail_payment": "false",
    "receipt": "false",
    "release": "false",
    "release_scene": "false",
    "scene": "false",
    "screening_hit": "customer = $2",
    "shelf_choice": "false",
    "staff_task": "customer = $2",
    "stated_factor": "false",
    "talk": APPLICATIONS,
    "tenant_ask": "false",
    "tenant_quota": "false",
    "tenant_quota_ask": "false",
    "tenant_step": "false",
    "terms": "false",
    "thing": "false",
    "ticket": "false",
    "ticket_step": "false",
    "token_family": "false",
    "used_fact": "customer = $2",
    "user_change": "false",
    "vendor": "false",
    "webhook_delivery": "false",
    "webhook_endpoint": "false",
    "work_case": "party = $2",
}
"""Tables whose texts are looked through, all of their columns; and which rows are about the person
although they do not name the reference: `$1` is the tenant, `$2` the party's number. Whatever
holds the reference is about the person as well."""

FREE = frozenset(
    {
        "contract", "export", "firm_list", "identity_tie", "launch", "partner", "partner_block",
        "partner_call_review", "partner_clause", "partner_date", "partner_incident",
        "partner_incident_step",
        "partner_stage", "partner_vote", "price", "release", "shelf_choice", "staff_task", "talk",
        "tenant_ask", "tenant_step", "ticket", "ticket_step", "user_change", "work_case",
    }
)  # fmt: skip
"""Where people write sentences: the person's name goes from them whosever row it is, and with it
that of whoever is called the same."""

OWN = frozenset({"party"})
"""Changed by a statement of its own."""

EMPTIED = frozenset(
    {
        "brought_in_person", "circle_cell", "consent_factor", "engine_state", "handoff", "phone_message", "second_factor",
        "spectrum_change", "spectrum_standing", "spectrum_tone",
    }
)
"""Whose rows of the `customer` are deleted: what was only for the person, and by what names others
know them."""

BARE: dict[str, str] = {
    "account": "names of the pack, and numbers of parties",
    "billing_invoice": "sums",
    "billing_plan": "prices",
    "billing_proof": "counts",
    "brought_in_month": "sums",
    "brought_in_shown": "counts",
    "brought_in_step": "states of orders",
    "brought_in_visit": "digests, and numbers of parties",
    "circle_read": "places in the log",
    "circle_since": "numbers of parties, and places in the log",
    "console_session": "of the bank's own people",
    "contract_day": "days",
    "counter": "names of the pack, and numbers of parties",
    "credit_customer": "numbers of parties",
    "channel_fault": "ways of a sandbox",
    "delivery": "numbers of parties, channels and times",
    "enrolment": "roles of the pack, and numbers of parties",
    "exchange_quote": "sums, and numbers of parties",
    "h5_key": "a key of the program",
    "hold": "names of the pack, and numbers of accounts",
    "identity": "numbers of parties",
    "identity_key": "keyed digests and last digits; goes with its party",
    "link": "names of the pack, and numbers of parties",
    "link_key": "a key of the program",
    "meter_counter": "processes of the program",
    "meter_day": "sums by application and scene",
    "meter_hour": "sums by application and scene",
    "meter_minute": "sums by application and scene",
    "migration": "steps of the program",
    "pack_source": "templates",
    "partner_component": "programs",
    "partner_call_hour": "counts by application",
    "party_timer": "names of the pack",
    "rail_funds": "sums by application",
    "rail_step": "answers of the simulated rails",
    "relation": "numbers of parties",
    "reading": "places in the log",
    "refresh_token": "digests",
    "revoked_token": "numbers of tokens",
    "secret_key": "a key of the program",
    "service_state": "when the service was less than whole",
    "shard": "clocks",
    "spectrum_read": "places in the log",
    "spectrum_since": "numbers of parties, and places in the log",
    "staff_look": "the bank's own people, and numbers of parties",
    "tenant": "institutions",
    "tenant_call_day": "counts",
    "tenant_logo": "pictures",
    "transfer": "the ledger: names of the pack, and numbers of accounts",
    "used_assertion": "digests",
    "used_proof": "digests",
    "webhook_key": "sealed keys",
}
"""Tables in which no person is named, and what is in them."""
