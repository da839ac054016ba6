"""Every published figure, told by plain SQL over the tables of PostgreSQL alone.

Written apart from the expressions: it asks the questions of the catalogue's words, a span at a time,
and shares nothing with them."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from enscene.commit import admit

Row = tuple[str, int, str, date, str, str, int]
_DAY = "(%s at time zone (select zone from tenant where id = $1))::date"


def _of(column: str) -> str:
    return _DAY % column


_USED = f"""
used as (
  select distinct e.scene, coalesce(i.customer, p.id) as who, {_of("e.at")} as day
    from event e
    cross join lateral (select split_part(e.actor, ':', 1) as role,
                               substring(e.actor from position(':' in e.actor) + 1) as ref) a
    left join party actor on actor.tenant = e.tenant and actor.ref = a.ref
    join party p on p.tenant = e.tenant and p.kind = 'person'
     and (p.id = actor.id or (actor.kind = 'device' and p.ref in (
            select value from jsonb_each_text(e.facts -> 'parties'))))
    left join identity i on i.tenant = p.tenant and i.party = p.id
   where e.tenant = $1 and e.scene <> 0 and position('.' in e.action) = 0
     and a.role not in ('clock', 'trigger')),
first as (select scene, who, min(day) as day from used group by 1, 2),
customer as (
  select coalesce(i.customer, p.id) as who, min({_of("c.opened_at")}) as day
    from contract c join party p on p.tenant = c.tenant and p.id = c.customer
    left join identity i on i.tenant = p.tenant and i.party = p.id
   where c.tenant = $1 group by 1)"""
_BROUGHT = f"""
brought as (
  select f.scene, f.who, f.day from first f where exists (
    select from (select min({_of("k.at")}) as said from referral_claim k
        left join identity i on i.tenant = k.tenant and i.party = k.customer
        left join referral_code c on c.tenant = k.tenant and c.code = k.code
        left join identity j on j.tenant = c.tenant and j.party = c.customer
       where k.tenant = $1 and k.scene = f.scene and coalesce(i.customer, k.customer) = f.who
         and coalesce(j.customer, c.customer, 0) <> f.who) x
     where f.day between x.said and x.said + 30))"""
_MONEY = f"""
money as (
  select {_of("t.at")} as day, t.seq, t.amount, t.currency, t.flow, t.dr, t.cr,
         d.role as gives, c.role as gets, coalesce(nullif(d.scene, 0), c.scene) as scene
    from transfer t
    join account d on d.tenant = t.tenant and d.id = t.dr
    join account c on c.tenant = t.tenant and c.id = t.cr
   where t.tenant = $1 and t.kind in (0, 2))"""
_ACCOUNT = f"""
book as (
  select id, scene, owner, case
    when role = 'stored_value' then case kind when 'closed_loop' then 'subsidies' else 'kept' end
    when role = 'pool' then case kind when 'closed_loop' then 'subsidies' else 'agency' end
    when role in ('current', 'deposits', 'deposit') then 'kept'
    when role = 'card' then 'cards' when role = 'funds' then 'invested'
    when role in ('settlement', 'escrow', 'payable', 'receivable') then 'agency'
    when role in ('principal', 'interest_due') then 'lent'
    when role in ('unearned', 'liability') then 'reserves'
    when role in ('interest', 'accrued', 'penalties') then 'interest'
    when role in ('income', 'fees', 'premiums') then 'fees'
    when role in ('cost', 'lapsed', 'expense') then 'cost'
    when role in ('losses', 'recovered', 'claims') then 'risk'
    when role in ('outside', 'core') then 'outside' when role in ('lending', 'funding', 'position') then 'own'
    when role <> '' then 'unknown'
    when name = 'current' or name like 'rails.own.%' then 'kept'
    when name like 'billing.earned.bank%' or name like 'billing.paid.bank%' then 'saas'
    when name like 'billing.%' or name like 'brought_in.traffic.%' or name = 'rails.clearing' then 'settling'
    when name like 'benefits.spent@%' then 'benefits' when name like 'benefits.%' then 'own'
    when name = 'brought_in.cost' then 'cost' when name = 'brought_in.income' then 'fees'
    when name like 'brought_in.due.%' then 'agency'
    when name in ('opening', 'rails.outside') then 'outside' else 'unknown' end as class
    from account where tenant = $1),
moves as (
  select {_of("t.at")} as day, t.amount, t.currency, t.dr, t.cr, d.class as gives, c.class as gets,
         case when d.scene > 0 then d.scene when c.scene > 0 then c.scene
              else coalesce((select nullif(e.scene, 0) from event e where e.tenant = $1 and e.seq = t.seq),
                            (select o.scene from benefit b join decision o on o.tenant = b.tenant and o.id = b.decision
                              where b.tenant = $1 and b.closed_seq = t.seq and b.state = 'taken'), 0) end as scene
    from transfer t join book d on d.id = t.dr join book c on c.id = t.cr
   where t.tenant = $1 and t.kind in (0, 2)),
steps (what, part, gives, gets) as (values
  ('drawn', 'principal', 'lent', 'kept'), ('drawn', 'fee', 'kept', 'fees'),
  ('fell_due', 'interest', 'lent', 'interest'), ('repaid', 'principal', 'kept', 'lent'),
  ('repaid', 'interest', 'kept', 'lent'), ('repaid', 'penalty', 'kept', 'interest'),
  ('repaid', 'fee', 'kept', 'fees'), ('written_off', 'principal', 'risk', 'lent'),
  ('written_off', 'interest', 'risk', 'lent'), ('premium_paid', 'principal', 'kept', 'reserves'),
  ('claim_paid', 'principal', 'risk', 'kept'), ('sold', 'fee', 'kept', 'fees')),
lives as (
  select {_of("v.at")} as day, c.scene, c.currency, s.gives, s.gets,
         (to_jsonb(e) ->> s.part)::bigint as amount
    from contract_entry e join contract c on c.tenant = e.tenant and c.id = e.contract
    join event v on v.tenant = e.tenant and v.seq = e.seq and v.action = 'contracts.woken' and v.scene = 0
    join steps s on s.what = e.what
   where e.tenant = $1 and c.scene > 0),
sheet as (
  select scene, gets as class, currency, day, amount from moves
  union all select scene, gives, currency, day, -amount from moves
  union all select scene, gets, currency, day, amount from lives
  union all select scene, gives, currency, day, -amount from lives
  union all select 0, gets, currency, day, -amount from lives
  union all select 0, gives, currency, day, amount from lives)"""
_OPENED = f"""
opened as (
  select c.scene, c.product, coalesce(i.customer, p.id) as who, {_of("c.opened_at")} as day
    from contract c join party p on p.tenant = c.tenant and p.id = c.customer
    left join identity i on i.tenant = p.tenant and i.party = p.id
   where c.tenant = $1)"""
_LAST = f"""(select greatest($4::date, max({_of("at")})) from event
   where tenant = $1 and {_of("at")} between ($2::date - interval '1 month')::date and $3)"""
_CHANNEL = """
coalesce((select o.rights ->> 'channel' from decision o
   join party p on p.tenant = o.tenant and p.id = o.customer
   left join identity i on i.tenant = p.tenant and i.party = p.id
  where o.tenant = $1 and o.scene = f.scene and o.product is not null
    and coalesce(i.customer, p.id) = f.who
  order by o.at, coalesce(o.rights ->> 'channel', '') limit 1), '')"""
_CASES = f"""
acts as (
  select scene, subject, at, actor, split_part(subject, ':', 1) as kind,
         date_trunc('second', at) as second from event
   where tenant = $1 and scene <> 0 and position('.' in action) = 0 and position(':' in subject) > 0
     and {_of("at")} between ($2::date - interval '2 months')::date and $3),
done as (
  select scene, kind, subject,
         extract(epoch from max(second) filter (where actor not like 'clock:%'))::bigint
           - extract(epoch from min(second))::bigint as took,
         count(*) filter (where split_part(actor, ':', 1) not in ('clock', 'trigger')) as steps
    from acts where kind <> 'party' group by 1, 2, 3
   having {_of("max(at) filter (where actor not like 'clock:%')")} between $2 and $3)"""
# id: the grains, and a query of scene, key, currency, part and whole (null: the part is the figure).
# $2 and $3 are the span's first and last day.
QUERIES: dict[str, tuple[str, str]] = {
    "users.active": ("dwm", f"""with {_USED} select scene, '', '', count(distinct who), null from used
        where day between $2 and $3 group by 1"""),
    "users.visits": ("m", f"""with {_USED} select scene, '', '', count(*), null from used
        where day between $2 and $3 group by 1"""),
    "users.new": ("dwm", f"""with {_USED} select scene, '', '', count(*), null from first
        where day between $2 and $3 group by 1"""),
    "users.referred": ("dm", f"""with {_USED}, {_BROUGHT} select scene, '', '', count(*), null from brought
        where day between $2 and $3 group by 1"""),
    "users.referred_share": ("m", f"""with {_USED}, {_BROUGHT} select f.scene, '', '', (select count(*) from brought b
          where b.scene = f.scene and b.day between $2 and $3), count(*) from first f where day between $2 and $3 group by 1"""),
    "users.repeat_share": ("m", f"""with {_USED} select scene, '', '', count(*) filter (where n > 1), count(*)
        from (select scene, who, count(*) n from used where day between $2 and $3 group by 1, 2) x group by 1"""),
    "users.converted_share": ("m", f"""with {_USED} select u.scene, '', '', count(distinct c.who), count(distinct u.who)
        from used u left join customer c on c.who = u.who and c.day <= $3 where u.day between $2 and $3 group by 1"""),
    "users.retained_share": ("m", f"""with {_USED} select scene, '', '', count(distinct who) filter (where exists (
          select from used n where n.scene = u.scene and n.who = u.who and n.day between $2 and $3)), count(distinct who)
        from used u where day >= ($2::date - interval '1 month')::date and day < $2 and $3::date > $2 group by 1"""),
    "users.cohort": ("m", f"""with {_USED} select u.scene, to_char(f.day, 'YYYY-MM'), '', count(distinct u.who), null
        from used u join first f using (scene, who) where u.day between $2 and $3 group by 1, 2"""),
    "conversion.any_touch": ("dm", f"""with {_USED} select f.scene, '', '', count(*), null from customer c
        join first f on f.who = c.who and f.day <= c.day where c.day between $2 and $3 group by 1"""),
    "conversion.first_touch": ("dm", f"""with {_USED} select f.scene, {_CHANNEL}, '', count(*), null from customer c
        join lateral (select * from first x where x.who = c.who and x.day <= c.day order by x.day, x.scene limit 1) f
          on true where c.day between $2 and $3 group by 1, 2"""),
    "link.shown": ("dm", f"""select scene, '', '', count(*), null from decision where tenant = $1
        and product is not null and {_of("at")} between $2 and $3 group by 1"""),
    "link.clicked": ("dm", f"""select d.scene, '', '', count(*), null from decision d where d.tenant = $1
        and d.product is not null and (select min({_of("e.at")}) from event e where e.tenant = $1
          and e.action = 'offer.answered' and e.facts #>> '{{offer,id}}' = d.id::text
          and e.facts #>> '{{offer,outcome}}' in ('seen', 'taken')) between $2 and $3 group by 1"""),
    "link.applied": ("dm", f"""select scene, case when offer is null then 'unasked' else 'offer' end, '', count(*), null
        from application where tenant = $1 and {_of("begun_at")} between $2 and $3 group by 1, 2"""),
    "link.contracted": ("dm", f"""select scene, product, '', count(*), null from contract where tenant = $1
        and {_of("opened_at")} between $2 and $3 group by 1, 2"""),
    "applications.straight_through": ("dm", f"""select scene, '', '', count(*) filter (where not exists (
          select from application_step s where s.tenant = $1 and s.application = a.id and (s.channel = 'manager'
            or s.step in ('called_in', 'joined', 'overridden', 'reopened')))), count(*)
        from application a where tenant = $1 and state = 'done' and {_of("ended_at")} between $2 and $3 group by 1"""),
    "applications.handovers": ("dm", f"""select a.scene, s.step, '', count(*), null from application_step s
        join application a on a.tenant = s.tenant and a.id = s.application where s.tenant = $1
         and (s.channel = 'manager' or s.step in ('called_in', 'joined', 'overridden', 'reopened'))
         and {_of("s.at")} between $2 and $3 group by 1, 2"""),
    "applications.broken_off": ("dm", f"""select scene, (select s.step from application_step s where s.tenant = $1
          and s.application = a.id and s.step not in ('given_up', 'expired') order by s.n desc limit 1), '', count(*), null
        from application a where tenant = $1 and state in ('given_up', 'expired', 'refused')
         and {_of("ended_at")} between $2 and $3 group by 1, 2"""),
    "payments.count": ("dwm", f"""with {_MONEY} select scene, '', '', count(distinct (seq, currency)), null from money
        where gets = 'settlement' and gives <> 'settlement' and day between $2 and $3 group by 1"""),
    "payments.bank_share": ("dm", f"""with {_MONEY}, paid as (select scene, seq, currency, min(flow) flow,
          bool_or(gives <> 'outside') here from money where gets = 'settlement' and gives <> 'settlement'
          and day between $2 and $3 group by 1, 2, 3)
        select scene, coalesce(flow, ''), '', count(*) filter (where here), count(*) from paid
         group by grouping sets ((scene), (scene, flow))"""),
    "money.turnover": ("dwm", f"""with {_MONEY} select scene, '', currency, sum(case when gets = 'settlement' and gives <> 'settlement'
          then amount when gives = 'settlement' and gets not in ('settlement', 'outside', 'income') then -amount else 0 end), null
        from money where day between $2 and $3 group by 1, 3"""),
    "money.income": ("dwm", f"""with {_MONEY}, legs as (select scene, currency, day, gets as role, amount from money
          union all select scene, currency, day, gives, -amount from money)
        select scene, '', currency, sum(amount), null from legs where role in ('income', 'fees', 'penalties')
          and day between $2 and $3 group by 1, 3"""),
    "money.income_per_user": ("m", f"""with {_USED}, {_MONEY}, legs as (select scene, currency, day, gets as role, amount from money
          union all select scene, currency, day, gives, -amount from money)
        select scene, '', currency, -sum(amount),
               -(select count(distinct who) from used u where u.scene = l.scene and u.day between $2 and $3)
          from legs l where role in ('income', 'fees', 'penalties') and day between $2 and $3
           and exists (select from used u where u.scene = l.scene and u.day between $2 and $3)
         group by 1, 3 having sum(amount) <> 0"""),
    "money.deposits": ("d", f"""with {_MONEY}, legs as (select scene, currency, day, gets as role, amount from money
          union all select scene, currency, day, gives, -amount from money)
        select scene, role, currency, sum(amount), null from legs where day <= $3 and $2::date <= $3
          and role in ('deposits', 'current', 'stored_value', 'settlement', 'pool', 'escrow') group by 1, 2, 3"""),
    "money.loans": ("d", f"""with {_MONEY}, legs as (select scene, currency, day, gets as role, cr as account, amount from money
          union all select scene, currency, day, gives, dr, -amount from money),
        each as (select scene, role, account, currency, sum(amount) has from legs where day <= $3 and $2::date <= $3
          and role in ('principal', 'card') group by 1, 2, 3, 4)
        select scene, role, currency, sum(-has), null from each where has < 0 group by 1, 2, 3"""),
    "account.balance": ("dm", f"""with {_ACCOUNT} select scene, class, currency, sum(amount), null from sheet
        where day <= $3 and $2::date <= $3 group by 1, 2, 3"""),
    "account.moved": ("dm", f"""with {_ACCOUNT} select scene, class, currency, sum(amount), null from sheet
        where day between $2 and $3 group by 1, 2, 3"""),
    "account.average": ("m", f"""with {_ACCOUNT}, ends as (select generate_series($2::date, {_LAST}, '1 day')::date as at)
        select scene, class, currency, coalesce(sum(amount) filter (where day <= at), 0), (select count(*) from ends)
          from sheet, ends group by 1, 2, 3"""),
    "account.agency": ("dm", f"""with {_ACCOUNT} select scene, case gets when 'agency' then 'collected' else 'paid' end,
          currency, sum(amount), null from moves where day between $2 and $3 and (gets = 'agency') <> (gives = 'agency')
         group by 1, 2, 3"""),
    "account.stays": ("m", f"""with {_ACCOUNT}, owned as (
          select b.id, b.class, coalesce(i.customer, p.id) as who from book b
            join party p on p.tenant = $1 and p.id = b.owner and p.kind <> 'bank'
            left join identity i on i.tenant = p.tenant and i.party = p.id),
        who as (select distinct m.scene, o.who from moves m join owned o on o.id in (m.dr, m.cr)
          where m.day between $2 and $3 and (gets = 'agency') <> (gives = 'agency'))
        select w.scene, o.class, m.currency, sum(case o.id when m.cr then m.amount else -m.amount end), null
          from who w join owned o using (who) join moves m on o.id in (m.dr, m.cr) and m.day <= $3
         where o.class in ('kept', 'cards', 'invested', 'lent') group by 1, 2, 3"""),
    "account.subsidies": ("dm", f"""with {_ACCOUNT}, paid as (
          select scene, 'benefits' as what, currency, amount, day from moves where gets = 'benefits' and gives <> 'benefits'
          union all select scene, case when exists (select from book b left join party p on p.tenant = $1 and p.id = b.owner
              where b.id = m.dr and (b.owner <= 0 or p.kind = 'bank')) then 'bank' else 'others' end, currency, amount, day
            from moves m where gives = 'subsidies' and gets <> 'subsidies')
        select scene, what, currency, sum(amount), null from paid where day between $2 and $3 group by 1, 2, 3"""),
    "account.bound": ("m", f"""with {_USED}, {_ACCOUNT},
        begin as (select ($2::date - interval '2 months')::date as at),
        known as (select coalesce(i.customer, p.id) as who, min(p.kind) as kind from party p
            left join identity i on i.tenant = p.tenant and i.party = p.id
           where p.tenant = $1 and p.kind not in ('bank', 'device') and {_of("p.created_at")} < (select at from begin)
           group by 1),
        owned as (select b.id, b.class, coalesce(i.customer, p.id) as who from book b
            join party p on p.tenant = $1 and p.id = b.owner and p.kind <> 'bank'
            left join identity i on i.tenant = p.tenant and i.party = p.id where b.class in ('kept', 'lent')),
        steps_of as (select o.who, o.class, m.currency, m.day, case o.id when m.cr then m.amount else -m.amount end as minor
            from owned o join moves m on o.id in (m.dr, m.cr) and m.day <= $3),
        moved as (select who, class, currency, coalesce(sum(minor) filter (where day < (select at from begin)), 0) as had,
                         coalesce(sum(minor) filter (where day >= (select at from begin)), 0) as more
                    from steps_of group by 1, 2, 3),
        each as (select k.who, b.currency, coalesce(m.more, 0) as more, b.class || ':' || k.kind || ':' || (
              select count(*) from unnest(array[1, 100000, 1000000, 10000000]) least where abs(coalesce(m.had, 0)) >= least) as stratum,
              round(coalesce(m.more, 0) / 1000.0) as plain, coalesce(m.more, 0) / 1000.0 as exact
            from known k cross join (select distinct class, currency from moved) b
            left join moved m on m.who = k.who and m.class = b.class and m.currency = b.currency),
        even as (select *, case when abs(exact - trunc(exact)) = 0.5 then 2 * round(exact / 2) else plain end as size from each),
        sides as (select 0 as scene, 'all' as side, * from even
          union all select f.scene, 'used', e.* from even e join first f using (who) where f.day <= $3
          union all select f.scene, 'began', e.* from even e join first f using (who) where f.day <= $3 and f.day >= (select at from begin))
        select scene, stratum || ':' || side || ':' || m.name, currency,
               case m.name when 'count' then count(*) when 'sum' then sum(more) else sum(size * size) end, null
          from sides cross join (values ('count'), ('sum'), ('squares')) m(name) group by scene, stratum, side, currency, m.name"""),
    "account.spill_over": ("m", f"""with {_USED}, {_OPENED} select f.scene, o.product, '', count(*), null
          from first f join opened o on o.who = f.who and o.scene <> f.scene and o.day >= f.day
         where o.day between $2 and $3 and f.day >= $2::date - interval '2 months' group by 1, 2"""),
    "account.spill_share": ("m", f"""with {_USED}, {_OPENED} select f.scene, '', '', count(*) filter (where exists (
          select from opened o where o.who = f.who and o.scene <> f.scene and o.day between f.day and $3)), count(*)
        from first f where f.day between $2::date - interval '2 months' and $3 group by 1"""),
    "participants.new": ("dwm", f"""select scene, role, '', count(*), null from enrolment where tenant = $1
        and {_of("since")} between $2 and $3 group by 1, 2"""),
    "participants.total": ("d", f"""select scene, role, '', count(*), null from enrolment where tenant = $1
        and active and {_of("since")} <= $3 and $2::date <= $3 group by 1, 2"""),
    "participants.by_kind": ("d", f"""select e.scene, p.kind, '', count(distinct e.party), null from enrolment e
        join party p on p.tenant = e.tenant and p.id = e.party where e.tenant = $1
        and e.active and {_of("e.since")} <= $3 and $2::date <= $3 group by 1, 2"""),
    "service.count": ("m", f"with {_CASES} select scene, kind, '', count(*), null from done group by 1, 2"),
    "service.seconds": ("m", f"with {_CASES} select scene, kind, '', sum(took), count(*) from done group by 1, 2"),
    "service.steps": ("m", f"with {_CASES} select scene, kind, '', sum(steps), count(*) from done group by 1, 2"),
    "satisfaction.stars": ("dm", f"""select e.scene, split_part(e.actor, ':', 1), '', sum((r ->> 'stars')::int), count(*)
        from event e cross join lateral jsonb_array_elements(e.facts -> 'ratings') r
        where e.tenant = $1 and e.scene <> 0 and {_of("e.at")} between $2 and $3 group by 1, 2"""),
    "scenes.to_live": ("d", f"""select l.scene, '', '', (extract(epoch from date_trunc('second', min(l.at)))
          - extract(epoch from date_trunc('second', (select min(c.at) from event c where c.tenant = $1
             and c.scene = l.scene and c.action = 'scene.created'))))::bigint, null
        from event l where l.tenant = $1 and l.action = 'scene.live'
        group by 1 having {_of("min(l.at)")} between $2 and $3"""),
}  # fmt: skip
NOT_ZERO = frozenset({
    "money.turnover", "money.income", "money.deposits", "money.loans", "account.balance",
    "account.moved", "account.average", "account.stays",
})  # fmt: skip
WHOLE = frozenset({"money.income_per_user", "account.average", "service.seconds"})
"""Quotients that are not shares."""


async def told_by_sql(pool: Any, tenant: int, day: date) -> list[Row]:
    """All figures that a run for the day publishes, in order. Weeks and months end with the last day
    that is computed: what it sums to is the sum of its days."""
    monday, first = day - timedelta(days=day.weekday()), day.replace(day=1)
    spans = {
        "d": ("day", day, day),
        "w": ("week", monday, monday + timedelta(days=6)),
        "m": ("month", first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)),
    }
    found: list[Row] = []
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        last = await connection.fetchval(
            "select greatest(max(day), $2) from indicator_day where tenant = $1", tenant, day
        )
        for name, (grains, query) in QUERIES.items():
            for grain, begin, end in (spans[letter] for letter in grains):
                for scene, key, currency, part, whole in await connection.fetch(
                    query, tenant, begin, min(end, last), *([day] if "$4" in query else [])
                ):
                    value = int(part) if whole is None else _quotient(name, part, whole)
                    if value or name not in NOT_ZERO:
                        found.append((name, scene, grain, begin, key, currency, value))
    return sorted(found)


def _quotient(name: str, part: Any, whole: Any) -> int:
    return round(Fraction(int(part), int(whole)) * (1 if name in WHOLE else 1_000_000))
