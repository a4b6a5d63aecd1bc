import { type Db, sql } from '../../db/index.ts'
import type { Random } from '../simulator/random.ts'
import { compare } from './compare.ts'
import { type Change, resources } from './histories.ts'
import { bear } from './incarnation.ts'
import { checkInvariants } from './invariants.ts'
import { reconcile } from './reconcile.ts'
import type { World } from './world.ts'

/**
 * One more life: the ordinary timetable, and then nothing may be wrong.
 * @param webhooks that must be in the inbox. @default all that were sent
 */
export async function endsRight(
  world: World,
  env: Record<string, string>,
  connectionString: string,
  db: Db,
  webhooks = world.simulator.control.webhooks.log(),
): Promise<void> {
  // Whoever looks at the end asks as often as needed; what the instances asked was counted before.
  world.simulator.control.limits.set({ perMinute: 1_000_000 })
  const life = await bear({ env, database: connectionString, db })
  try {
    await reconcile(life, db)
    await checkInvariants(db, webhooks)
    await nothingTwice(db)
    await compare(world.simulator, life, db)
  } finally {
    await life.stop()
  }
}

/** One reading writes a row at most once, whoever held it and however often it was tried. */
async function nothingTwice(db: Db): Promise<void> {
  const { rows } = await sql<{ what: string; times: number }>`
    select subject || ' ' || action as what, count(*) as times from tds_audit_trail where action like 'row.%'
    group by subject, action, before, after, cause having count(*) > 1 limit 5`.execute(db)
  if (rows.length > 0)
    throw new Error(`Written twice: ${rows.map(({ what, times }) => `${what} ${times}x`).join('; ')}`)
}

/** A change as the users of Zoho make them, any of them at any record. */
export const anyChange = (random: Random): Change => ({
  kind: random.oneOf(['edit', 'edit', 'edit', 'create', 'delete', 'recreate', 'stock', 'switch'] as const),
  resource: random.oneOf(resources),
  pick: random.integer(0, 999),
  value: random.integer(0, 999),
  silent: random.next() < 0.1,
})
