"""Cases on the write path: opened by the unit that found what a person has to resolve."""

from __future__ import annotations

from enscene.commit import Appends

CASES = Appends(
    "case",
    """
insert into work_case (seq, opened_at, tenant, id, scene, reason, party, thing_type, thing_key)
select * from unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::uuid[], $5::int[],
                     $6::text[], $7::bigint[], $8::text[], $9::text[])""",
)
"""Values: id, scene, reason, party or None, type and key of the thing or None."""
