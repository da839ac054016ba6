"""Prove a tenant's ledger from its rows: nothing here trusts what the write path believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import asyncpg

from enscene.commit import admit

FAULTS_SHOWN = 20
PATIENCE_S = 600.0
"""A proof reads every row: it takes longer than a request may."""

_COUNTS = """
select (select count(*) from transfer where tenant = $1),
       (select count(*) from account where tenant = $1),
       (select coalesce(sum(posted), 0)::bigint from account where tenant = $1)"""

# Each query gives the faults of one rule: none is the proof.
_RULES = {
    "the entries of an account sum to its balance": """
select a.id, a.name, a.posted, coalesce(e.total, 0) as entries
  from account a left join (
    select account, sum(amount) as total from (
      select dr as account, -amount as amount from transfer
       where tenant = $1 and dr_balance is not null
      union all
      select cr, amount from transfer where tenant = $1 and cr_balance is not null) x
    group by account) e on e.account = a.id
 where a.tenant = $1 and a.posted <> coalesce(e.total, 0)""",
    "the open holds of an account sum to what it holds": """
select a.id, a.name, a.held, coalesce(h.total, 0) as holds
  from account a left join (
    select dr, sum(amount - captured) as total from hold
     where tenant = $1 and state = 0 group by dr) h on h.dr = a.id
 where a.tenant = $1 and a.held <> coalesce(h.total, 0)""",
    "every currency sums to zero": """
select currency, sum(posted)::bigint as total from account
 where tenant = $1 group by currency having sum(posted) <> 0""",
    "no account is below its floor": """
select id, name, posted, held, floor from account
 where tenant = $1 and floor is not null and posted - held < floor""",
    "both legs of a transfer are accounts of its currency": """
select t.seq, t.n, t.dr, t.cr from transfer t
  left join account d on d.tenant = t.tenant and d.id = t.dr
  left join account c on c.tenant = t.tenant and c.id = t.cr
 where t.tenant = $1
   and (d.currency is distinct from t.currency or c.currency is distinct from t.currency)""",
    "the running balances of an account chain": """
select account, seq, n, balance, before, amount from (
  select account, seq, n, amount, balance,
         lag(balance, 1, 0::bigint) over (partition by account order by seq, n) as before
    from (
      select dr as account, seq, n, -amount as amount, dr_balance as balance from transfer
       where tenant = $1 and dr_balance is not null
      union all
      select cr, seq, n, amount, cr_balance from transfer
       where tenant = $1 and cr_balance is not null) x) y
 where balance <> before + amount""",
    "a hold's captures sum to what it says": """
select h.id, h.captured, coalesce(t.total, 0) as transfers
  from hold h left join (
    select hold, sum(amount) as total from transfer
     where tenant = $1 and kind = 2 group by hold) t on t.hold = h.id
 where h.tenant = $1 and h.captured <> coalesce(t.total, 0)""",
    "every transfer belongs to a unit of the log": """
select t.seq, t.n from transfer t
  left join event e on e.tenant = t.tenant and e.seq = t.seq
 where t.tenant = $1 and t.n = 0 and e.seq is null""",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was checked. `sum_minor` is the sum of all balances; 0 in a sound ledger."""

    transfers: int
    accounts: int
    sum_minor: int
    faults: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def verified(self) -> bool:
        return not self.faults and self.sum_minor == 0


async def verify_ledger(connection: asyncpg.Connection[Any], tenant: int) -> Verdict:
    """Check every rule on one snapshot of the tenant's rows; the first faults of each are kept."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await admit(connection, [tenant], all_rows=True)
        transfers, accounts, total = await connection.fetchrow(_COUNTS, tenant, timeout=PATIENCE_S)
        faults: dict[str, list[dict[str, Any]]] = {}
        for rule, query in _RULES.items():
            rows = await connection.fetch(
                f"{query} limit {FAULTS_SHOWN}", tenant, timeout=PATIENCE_S
            )
            if rows:
                faults[rule] = [dict(row) for row in rows]
    return Verdict(transfers, accounts, total, faults)
