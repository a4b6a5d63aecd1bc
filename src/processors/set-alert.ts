import { sql, type Tx } from '../../db/index.ts'
import type { Entity } from '../entities/index.ts'
import type { SetDanger } from './set-guard.ts'

/** Apart from those of held runs, which end with the next good run. */
const fingerprintOf = (table: string): string => `mass-change:set:${table}`

/** Held documents ask a person: an alert for each table, which stays until none of them waits any more. */
export async function alertDangers(tx: Tx, entityType: string, dangers: ReadonlyMap<string, SetDanger>): Promise<void> {
  for (const [table, held] of Map.groupBy(dangers, ([, danger]) => danger.table)) {
    const [first] = held
    if (!first) continue
    const [owner, { error }] = first
    const more = held.length > 1 ? ` (and ${held.length - 1} more records)` : ''
    await sql`
      insert into tds_alerts as a (fingerprint, severity, title, message, detail)
      values (${fingerprintOf(table)}, 'critical', ${`Documents that would empty ${table} are held`}, ${error.message + more},
        ${JSON.stringify({ entity_type: entityType, table, source_entity_id: owner, records: held.length })}::jsonb)
      on conflict (fingerprint) where status <> 'resolved' do update set
        occurrences = a.occurrences + 1, seen_at = clock_timestamp(), message = excluded.message, detail = excluded.detail`.execute(
      tx,
    )
  }
}

/** Asked with every write of what is guarded: ends the alerts of tables none of whose documents is held any more. */
export async function resolveDangers(tx: Tx, fed: readonly Entity[]): Promise<void> {
  const tables = fed.flatMap(({ name, set, children = [] }) => [
    ...(set?.guarded ? [name] : []),
    ...children.filter(({ guarded }) => guarded).map(({ table }) => table),
  ])
  if (tables.length === 0) return
  await sql`
    update tds_alerts a set status = 'resolved', resolved_at = clock_timestamp()
    where status <> 'resolved' and detail ? 'table'
      and fingerprint in (select value from jsonb_array_elements_text(${JSON.stringify(tables.map(fingerprintOf))}::jsonb))
      and not exists (select from tds_dead_letter_queue l
        where not l.resolved and l.error_code = 'MASS_CHANGE' and l.entity_type = a.detail ->> 'entity_type')`.execute(
    tx,
  )
}
