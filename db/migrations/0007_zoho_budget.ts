import { type Kysely, sql } from 'kysely'

/**
 * The budget's one hot question, "may these calls start?", as a function: one round trip, the organisation's row locked
 * for microseconds, and a fresh snapshot after the lock (a single statement would count with the one taken before it).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // The last count of held calls and the call id it was made at. Ids grow under the lock, so
  // held <= counted_calls + (last id - counted_at_id): far below the ceiling nothing has to be counted.
  await sql`
    alter table tds_zoho_budget
      add column counted_calls bigint not null default 0,
      add column counted_at_id bigint not null default 0`.execute(db)
  await sql`
    create function tds_zoho_ceiling(
      stored integer, changed_at timestamptz, at_time timestamptz, minute_ms double precision, step integer, most integer
    ) returns integer language sql immutable as $$
      select least(most, coalesce(
        stored + step * greatest(0, floor(extract(epoch from at_time - changed_at) * 1000 / minute_ms)), most
      ))::integer
    $$`.execute(db)
  await sql`
    create function tds_zoho_ms(span interval) returns double precision language sql immutable as $$
      select extract(epoch from span)::double precision * 1000
    $$`.execute(db)
  await sql`
    create function tds_zoho_next_midnight(at_time timestamptz) returns timestamptz language sql stable as $$
      select (date_trunc('day', at_time at time zone zone) + interval '1 day') at time zone zone
        from (select coalesce(
          (select o.time_zone from tds_zoho_organization o join pg_timezone_names n on n.name = o.time_zone limit 1), 'UTC'
        ) as zone) as z
    $$`.execute(db)
  await sql.raw(acquire).execute(db)
}

const acquire = `
create function tds_zoho_acquire(
  for_product text, for_bulk boolean, purposes text[], by_process uuid, hold_ms double precision, minute_ms double precision,
  per_minute integer, minute_step integer, at_once integer, per_day integer
) returns table (call_id bigint, call_started_at text, denied text, wait_ms double precision) language plpgsql as $$
declare
  org tds_zoho_budget;
  own tds_zoho_budget;
  at_time timestamptz;
  minute interval := minute_ms * interval '1 millisecond';
  wanted integer := cardinality(purposes);
  ceiling integer;
  free integer;
  held bigint;
  last_id bigint;
begin
  -- Everyone locks in this order: organisation, then product.
  select * into strict org from tds_zoho_budget where scope = 'organization' for update;
  select * into strict own from tds_zoho_budget where scope = for_product for update;
  at_time := clock_timestamp();

  if org.blocked_until > at_time then
    return query select null::bigint, null::text, 'blocked', tds_zoho_ms(org.blocked_until - at_time);
    return;
  end if;

  if own.breaker_state <> 'closed' then
    if own.breaker_retry_at > at_time then
      return query select null::bigint, null::text, 'breaker', tds_zoho_ms(own.breaker_retry_at - at_time);
      return;
    end if;
    wanted := 1; -- the probe
  end if;

  if own.day_resets_at is null or own.day_resets_at <= at_time then
    own.day_used := 0;
    own.day_remaining := null;
    own.day_resets_at := tds_zoho_next_midnight(at_time);
  end if;
  free := least(coalesce(least(per_day, own.day_limit), 2500) - own.day_used, own.day_remaining);
  if free <= 0 then
    return query select null::bigint, null::text, 'day', tds_zoho_ms(own.day_resets_at - at_time);
    return;
  end if;
  wanted := least(wanted, free);

  -- A call in flight is held until its deadline and a minute; a finished one at most a minute.
  ceiling := tds_zoho_ceiling(org.concurrency_ceiling, org.ceiling_changed_at, at_time, minute_ms, 1, at_once);
  if for_bulk and ceiling > 1 then ceiling := ceiling - 1; end if;
  select count(*) into held from tds_zoho_calls where held_until > at_time + minute;
  free := ceiling - held;
  if free <= 0 then
    -- When a call ends is not known; its own process is told at once, others look again soon.
    return query select null::bigint, null::text, 'concurrency', 250::double precision;
    return;
  end if;
  wanted := least(wanted, free);

  ceiling := tds_zoho_ceiling(org.minute_ceiling, org.ceiling_changed_at, at_time, minute_ms, minute_step, per_minute);
  -- Bulk leaves five to live work, less where five would be more than a twelfth.
  if for_bulk then ceiling := ceiling - least(5, ceiling / 12); end if;
  select last_value into last_id from tds_zoho_calls_id_seq;
  held := org.counted_calls + last_id - org.counted_at_id;
  if held + wanted > ceiling then
    select count(*) into held from tds_zoho_calls where held_until > at_time;
    update tds_zoho_budget set counted_calls = held, counted_at_id = last_id where scope = 'organization';
  end if;
  free := least(ceiling - held, wanted);
  if free <= 0 then
    -- The slot whose end brings the count below the ceiling; one in flight cannot end sooner than a minute from now.
    return query
      select null::bigint, null::text, 'minute', tds_zoho_ms(least(held_until, at_time + minute) - at_time)
        from tds_zoho_calls where held_until > at_time order by held_until offset held - ceiling limit 1;
    return;
  end if;
  wanted := free;

  update tds_zoho_budget set
    day_used = own.day_used + wanted,
    day_remaining = own.day_remaining - wanted,
    day_resets_at = own.day_resets_at,
    breaker_state = case when breaker_state = 'closed' then 'closed' else 'half_open' end,
    breaker_retry_at = case when breaker_state <> 'closed' then at_time + hold_ms * interval '1 millisecond' end,
    updated_at = at_time
   where scope = for_product;
  return query
    insert into tds_zoho_calls (product, purpose, is_bulk, process_id, started_at, deadline_at, held_until)
    select for_product, purpose, for_bulk, by_process, at_time, at_time + hold_ms * interval '1 millisecond',
           at_time + hold_ms * interval '1 millisecond' + minute
      from unnest(purposes[1:wanted]) as purpose
    returning id, started_at::text, null::text, null::double precision;
end
$$`
