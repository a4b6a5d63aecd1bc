import type { Test } from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { createDeadLetters, type DeadLettersDeps } from '../../src/dead-letters/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { deadLetterDeps } from '../routes/shell-fixture.ts'

/** Dead letters over a database of their own; their background is not started. */
export async function deadLettersFor(t: Test, part: Partial<DeadLettersDeps> = {}) {
  const database = await testDatabase(t)
  const deadLetters = createDeadLetters({ ...deadLetterDeps(database), ...part })
  t.teardown(() => deadLetters.stop())
  return { ...database, deadLetters }
}

interface Seed {
  entity_type?: string
  source_entity_id?: string
  error_code?: string
  error_message?: string
  fingerprint?: string
  resolved?: boolean
  /** How long before now, as an interval. */
  ago?: string
}

export async function letter(db: Db, seed: Seed = {}): Promise<number> {
  const { entity_type = 'products', source_entity_id = '1', error_code = 'ZOHO_CODE', error_message = 'odd' } = seed
  const { fingerprint = `${error_code}: ${error_message}`, resolved = false, ago = '0' } = seed
  const { rows } = await sql<{ id: number }>`
    insert into tds_dead_letter_queue
      (entity_type, source_entity_id, error_code, error_message, fingerprint, resolved, created_at, updated_at)
    values (${entity_type}, ${source_entity_id}, ${error_code}, ${error_message}, ${fingerprint}, ${resolved},
      now() - ${ago}::interval, now() - ${ago}::interval)
    returning id`.execute(db)
  return rows[0]?.id ?? 0
}

/** Open letters `<prefix>1` … of one cause. */
export async function manyLetters(db: Db, count: number, prefix = '', entityType = 'products'): Promise<void> {
  await sql`
    insert into tds_dead_letter_queue (entity_type, source_entity_id, error_code, error_message, fingerprint)
    select ${entityType}, ${prefix} || n, 'ZOHO_SCOPE', 'no scope', 'ZOHO_SCOPE: no scope' from generate_series(1, ${count}) n`.execute(
    db,
  )
}

export async function queued(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select source_entity_id as id from tds_sync_queue_live order by 1`.execute(db)
  return rows.map(({ id }) => id)
}

export async function audited(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ line: string }>`
    select action || ' ' || affected as line from tds_audit_trail order by id`.execute(db)
  return rows.map(({ line }) => line)
}
