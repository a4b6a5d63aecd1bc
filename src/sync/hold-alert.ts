import { type Db, sql } from '../../db/index.ts'
import { errorMessage } from '../errors.ts'

const fingerprintOf = (entityType: string): string => `mass-change:${entityType}`

/** A held run asks a person: an alert that stays until a run of the entity has ended well. */
export async function alertHold(db: Db, entityType: string, runId: number, error: unknown): Promise<void> {
  await sql`
    insert into tds_alerts as a (fingerprint, severity, title, message, detail)
    values (${fingerprintOf(entityType)}, 'critical', ${`A run of ${entityType} is held`}, ${errorMessage(error)},
      ${JSON.stringify({ entity_type: entityType, run_id: runId })}::jsonb)
    on conflict (fingerprint) where status <> 'resolved' do update set
      occurrences = a.occurrences + 1, seen_at = clock_timestamp(), message = excluded.message, detail = excluded.detail`.execute(
    db,
  )
}

export async function resolveHold(db: Db, entityType: string): Promise<void> {
  await sql`
    update tds_alerts set status = 'resolved', resolved_at = clock_timestamp()
    where fingerprint = ${fingerprintOf(entityType)} and status <> 'resolved'`.execute(db)
}
