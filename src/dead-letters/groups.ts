import { type Db, sql } from '../../db/index.ts'
import { type Cause, causeOf } from './causes.ts'
import type { Sample } from './types.ts'

/** Open letters of one cause. */
export interface Group {
  readonly fingerprint: string
  readonly error_code: string
  readonly sentence: string
  readonly cause: Cause
  readonly count: number
  readonly entities: Readonly<Record<string, number>>
  readonly first_seen: Date
  /** When one of them failed last. */
  readonly last_seen: Date
  /** Letters of this cause that came, those resolved since included: hours of 60 minutes, the newest last. */
  readonly trend: { readonly last_hour: number; readonly hour_before: number; readonly hourly: readonly number[] }
  readonly samples: readonly (Sample & { readonly error_message: string })[]
  readonly runbook: string
}

export interface GroupPage {
  readonly items: readonly Group[]
  readonly total: number
  readonly next: number | null
}

type Row = Omit<Group, 'sentence' | 'cause' | 'trend' | 'runbook'> & { hourly: number[]; total: number }

/** The largest first. @param after `next` of the page before: how many groups it ended with */
export async function listGroups(
  db: Db,
  { limit, after = 0 }: { readonly limit: number; readonly after?: number | undefined },
): Promise<GroupPage> {
  const { rows } = await sql<Row>`
    with counted as (
      select fingerprint, entity_type, min(error_code) as code, count(*) as n, min(created_at) as first_seen,
        max(updated_at) as last_seen
      from tds_dead_letter_queue where not resolved group by fingerprint, entity_type
    ), grouped as (
      select fingerprint, min(code) as error_code, sum(n)::bigint as count, jsonb_object_agg(entity_type, n) as entities,
        min(first_seen) as first_seen, max(last_seen) as last_seen, count(*) over () as total
      from counted group by fingerprint order by sum(n) desc, fingerprint limit ${limit} offset ${after}
    )
    select g.*, ${hourly} as hourly, ${samples} as samples from grouped g
    order by count desc, fingerprint`.execute(db)
  const total = rows[0]?.total ?? 0
  return { items: rows.map(toGroup), total, next: after + rows.length < total ? after + rows.length : null }
}

const hourly = sql`(
  select jsonb_agg(coalesce(c.n, 0) order by h.ago desc) from generate_series(0, 23) h(ago)
  left join (
    select floor(extract(epoch from clock_timestamp() - l.created_at) / 3600)::int as ago, count(*) as n
    from tds_dead_letter_queue l
    where l.fingerprint = g.fingerprint and l.created_at > clock_timestamp() - interval '24 hours' group by 1
  ) c using (ago))`

const samples = sql`(
  select jsonb_agg(to_jsonb(s) order by s.id desc) from (
    select id, entity_type, source_entity_id, error_code, error_message from tds_dead_letter_queue l
    where l.fingerprint = g.fingerprint and not l.resolved order by id desc limit 3) s)`

function toGroup({ hourly, total: _, ...row }: Row): Group {
  const cause = causeOf(row.error_code)
  return {
    ...row,
    sentence: `${cause.happened}. Usual cause: ${lowerFirst(cause.usual_cause)}. ${cause.action}.`,
    cause,
    trend: { last_hour: hourly[23] ?? 0, hour_before: hourly[22] ?? 0, hourly },
    runbook: `docs/runbook.md#${cause.anchor}`,
  }
}

/** Not where it begins with a name or an abbreviation. */
const lowerFirst = (text: string): string =>
  /^(Zoho|[A-Z]{2})/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1)
