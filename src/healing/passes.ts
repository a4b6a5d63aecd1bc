import { type Db, sql } from '../../db/index.ts'
import type { ActionName, Pass } from './types.ts'

/** What the last pass of an action did; one row each. */
export interface LastPass {
  readonly at: Date
  readonly found: number
  readonly healed: number
  readonly held: string | null
  readonly error: string | null
  readonly position: string | null
  readonly age_seconds: number
}

export async function readPasses(db: Db): Promise<ReadonlyMap<string, LastPass>> {
  const { rows } = await sql<LastPass & { action: string }>`
    select action, ran_at as at, found, healed, held, error, position,
      extract(epoch from clock_timestamp() - ran_at)::float8 as age_seconds
    from tds_healing_passes`.execute(db)
  return new Map(rows.map(({ action, ...pass }) => [action, pass]))
}

export async function storePass(db: Db, action: ActionName, pass: Pass, error: string | null): Promise<void> {
  const { found, healed, held, position = null } = pass
  await sql`
    insert into tds_healing_passes as p (action, ran_at, found, healed, held, error, position)
    values (${action}, clock_timestamp(), ${found}, ${healed}, ${held}, ${error}, ${position})
    on conflict (action) do update set
      ran_at = excluded.ran_at, found = excluded.found, healed = excluded.healed, held = excluded.held,
      error = excluded.error, position = excluded.position`.execute(db)
}
