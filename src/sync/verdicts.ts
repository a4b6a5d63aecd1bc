import { type Db, sql, type Tx } from '../../db/index.ts'
import type { Entity, ListView } from '../entities/index.ts'
import type { Logger } from '../log.ts'
import { chooseReading, type Reading } from './reading.ts'

/** Whether a list honours a parameter, as far as it was ever tried. */
export interface Verdict {
  readonly entity_type: string
  readonly parameter: string
  readonly honoured: boolean
  readonly tested_at: Date
  readonly detail: string
}

/** What was true a week ago is asked again. */
const freshFor = sql`interval '7 days'`

export async function freshVerdicts(db: Db, entityType: string): Promise<ReadonlyMap<string, boolean>> {
  const { rows } = await sql<Verdict>`
    select parameter, honoured from tds_filter_tests
    where entity_type = ${entityType} and tested_at > clock_timestamp() - ${freshFor}`.execute(db)
  return new Map(rows.map(({ parameter, honoured }) => [parameter, honoured]))
}

/** The whole list, in a stable order where Zoho is not known to ignore it. */
export async function wholeReading(db: Db, entity: Entity, list: ListView): Promise<Reading> {
  const honoured = await freshVerdicts(db, entity.name)
  return chooseReading(list, undefined, (parameter) => honoured.get(parameter) ?? true)
}

/** Keeps a verdict; one that differs from the last is worth a warning, because the calls a sync needs change with it. */
export async function keepVerdict(tx: Db | Tx, verdict: Omit<Verdict, 'tested_at'>, log: Logger): Promise<void> {
  const { entity_type, parameter, honoured, detail } = verdict
  const { rows } = await sql<{ before: boolean | null }>`
    with known as (
      select honoured from tds_filter_tests where entity_type = ${entity_type} and parameter = ${parameter}
    )
    insert into tds_filter_tests as t (entity_type, parameter, honoured, detail)
    values (${entity_type}, ${parameter}, ${honoured}, ${detail})
    on conflict (entity_type, parameter) do update set
      honoured = excluded.honoured, tested_at = clock_timestamp(), detail = excluded.detail
    returning (select honoured from known) as before`.execute(tx)
  const before = rows[0]?.before ?? null
  const facts = { entity: entity_type, parameter, honoured, detail }
  if (before !== honoured && !(before === null && honoured))
    log.warn(
      facts,
      honoured ? 'Zoho honours this parameter again' : 'Zoho ignores this parameter; lists are read without it',
    )
}

/** Fresh verdicts of all lists, by entity and parameter with a blank between. */
export async function freshHonoured(db: Db): Promise<ReadonlyMap<string, boolean>> {
  const { rows } = await sql<Verdict>`
    select entity_type, parameter, honoured from tds_filter_tests where tested_at > clock_timestamp() - ${freshFor}`.execute(
    db,
  )
  return new Map(rows.map(({ entity_type, parameter, honoured }) => [`${entity_type} ${parameter}`, honoured]))
}

export async function listVerdicts(db: Db): Promise<readonly Verdict[]> {
  const { rows } = await sql<Verdict>`select * from tds_filter_tests order by entity_type, parameter`.execute(db)
  return rows
}
