import { type Db, sql, type Tx } from '../../db/index.ts'
import { type Repair, record, type Watch } from '../audit/index.ts'
import { readSetting } from './settings.ts'
import { type ActionName, actionNames, type Setting } from './types.ts'

const actor = 'healing'

/** Switch, limits and book of one action, for the room that repairs in its own transaction. */
export function watchOf(name: ActionName): Watch {
  return {
    allowance: (tx) => readAllowance(tx, name),
    note: (tx, repair) => note(tx, name, repair),
  }
}

/** What a pass may repair now: its limit, or what is left of the hour's. */
export async function readAllowance(db: Db, name: ActionName, setting?: Setting): Promise<number> {
  const { enabled, limit, hourly_limit } = setting ?? (await readSetting(db, name))
  if (!enabled) return 0
  const { rows } = await sql<{ healed: number }>`
    select coalesce(sum(affected), 0)::integer as healed from tds_audit_trail
    where actor = ${actor} and at > clock_timestamp() - interval '1 hour' and action = ${`healing.${name}`}`.execute(db)
  return Math.max(0, Math.min(limit, hourly_limit - (rows[0]?.healed ?? 0)))
}

export async function note(tx: Tx, name: ActionName, repair: Repair): Promise<void> {
  if (repair.affected === 0) return
  await record(tx, { actor, action: `healing.${name}`, ...repair })
  await sql`
    insert into tds_metrics as m (bucket, name, label, value)
    values (date_trunc('minute', clock_timestamp()), 'healed', ${name}, ${repair.affected})
    on conflict (resolution, bucket, name, label, slot) do update set value = m.value + excluded.value`.execute(tx)
}

export interface Counts {
  readonly healed_1h: number
  readonly healed_24h: number
  readonly passes_24h: number
  /** Within 30 days. */
  readonly last_healed_at: Date | null
}

/** Named, so that the history of rows, a partition of the same table, is not looked at. */
const actions = actionNames.map((name) => `healing.${name}`)

/** From the trail's lines of healing alone, which have an index of their own. */
export async function readCounts(db: Db): Promise<ReadonlyMap<string, Counts>> {
  const { rows } = await sql<Counts & { name: string }>`
    select substr(action, 9) as name, max(at) as last_healed_at,
      coalesce(sum(affected) filter (where at > clock_timestamp() - interval '1 hour'), 0)::integer as healed_1h,
      coalesce(sum(affected) filter (where at > clock_timestamp() - interval '24 hours'), 0)::integer as healed_24h,
      count(*) filter (where at > clock_timestamp() - interval '24 hours')::integer as passes_24h
    from tds_audit_trail
    where actor = ${actor} and at > clock_timestamp() - interval '30 days' and action = any (${actions}::text[])
    group by action`.execute(db)
  return new Map(rows.map(({ name, ...counts }) => [name, counts]))
}
