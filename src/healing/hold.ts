import { type Db, sql } from '../../db/index.ts'
import type { ActionName } from './types.ts'

/** Share of what was looked at that may be repaired without asking; beyond it something else is wrong. */
const share = 0.2
/** Below this many it is everyday work. */
const least = 20

/** A missing mount and a fault at the source look just like a thousand repairs. */
export function isMass(wrong: number, of: number): boolean {
  return wrong >= least && wrong > of * share
}

const fingerprintOf = (action: ActionName, of: string): string => `healing-held:${of ? `${action}:${of}` : action}`

/** So much at once is a person's to decide; the alert stays until a pass finds less. */
export async function alertHeld(db: Db, action: ActionName, of: string, words: string): Promise<void> {
  await sql`
    insert into tds_alerts as a (fingerprint, severity, title, message, detail)
    values (${fingerprintOf(action, of)}, 'critical', ${`Healing (${action}) leaves too much to repair it alone`}, ${words},
      ${JSON.stringify({ action, of })}::jsonb)
    on conflict (fingerprint) where status <> 'resolved' do update set
      occurrences = a.occurrences + 1, seen_at = clock_timestamp(), message = excluded.message`.execute(db)
}

export async function resolveHeld(db: Db, action: ActionName, of: string): Promise<void> {
  await sql`
    update tds_alerts set status = 'resolved', resolved_at = clock_timestamp()
    where fingerprint = ${fingerprintOf(action, of)} and status <> 'resolved'`.execute(db)
}
