import type { Test } from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { readAgain } from '../../src/dead-letters/index.ts'
import { loadEntities } from '../../src/entities/index.ts'
import { createHealing, type HealingDeps } from '../../src/healing/index.ts'
import { readGaps } from '../../src/sync/index.ts'
import type { ZohoState } from '../../src/zoho/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { calmZoho, silent, testClock } from '../monitor/fixture.ts'

const entities = await loadEntities()

/** Healing over a database of its own; Zoho and the image folder are what the test says. */
export async function testHealing(t: Test, part: Partial<HealingDeps> = {}) {
  const database = await testDatabase(t)
  const { db } = database
  const world = { zoho: calmZoho as ZohoState, leads: true, damaged: [] as string[], checked: 100, retried: 0 }
  const deps: HealingDeps = {
    db,
    clock: testClock(),
    log: silent,
    entities,
    zoho: {
      state: async () => world.zoho,
      retryToken: async () => {
        world.retried++
      },
    },
    isLeader: () => world.leads,
    readAgain: (tx, letters) => readAgain(tx, entities, letters, { batchId: null, isBulk: true }),
    repairGaps: (tx, name, ids) => readGaps(tx, entities.get(name), ids),
    images: {
      entityType: 'product_images',
      verifySome: async () => ({ checked: world.checked, damaged: world.damaged, next: null }),
      pausedUntil: async () => null,
    },
    wake: () => {},
    ...part,
  }
  const healing = createHealing(deps)
  t.teardown(() => healing.stop())
  return {
    ...database,
    deps,
    world,
    healing,
    run: (action: string, dryRun = false) => healing.run(action, { dryRun }),
    off: (action: string) => set({ enabled: false })(action),
    set,
    state: async (action: string) => (await healing.list()).find((each) => each.action === action),
  }

  function set(parts: Parameters<typeof healing.set>[1]['parts']) {
    return (action: string) => healing.set(action, { parts, reason: 'test', actor: 'cli' })
  }
}

export const open = (product: 'books' | 'inventory'): ZohoState => ({
  ...calmZoho,
  products: { ...calmZoho.products, [product]: { ...calmZoho.products[product], breaker: 'open' } },
})

/** A call that Zoho answered as asked, now. */
export async function succeeded(db: Db, product: string, purpose: string): Promise<void> {
  await sql`
    insert into tds_zoho_calls (product, purpose, started_at, deadline_at, finished_at, held_until, status)
    values (${product}, ${purpose}, clock_timestamp(), clock_timestamp(), clock_timestamp(), clock_timestamp(), 200)`.execute(
    db,
  )
}

/** The queue takes up what waits, and it dies again the same way. */
export async function dieAgain(db: Db): Promise<void> {
  await sql`delete from tds_sync_queue_live`.execute(db)
  await sql`update tds_dead_letter_queue set updated_at = clock_timestamp(), attempts = attempts + 6 where not resolved`.execute(
    db,
  )
}

/** As if so much time had passed since anything was tried. */
export async function later(db: Db, interval: string): Promise<void> {
  await sql`
    update tds_healing_tries set last_at = last_at - ${interval}::interval,
      not_before = case when not_before < 'infinity' then not_before - ${interval}::interval else not_before end`.execute(
    db,
  )
  await sql`update tds_dead_letter_queue set created_at = created_at - ${interval}::interval,
    updated_at = updated_at - ${interval}::interval`.execute(db)
  await sql`update tds_audit_trail set at = at - ${interval}::interval`.execute(db)
}

export async function queue(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ item: string }>`
    select concat_ws(' ', entity_type, source_entity_id, lane, case when is_bulk then 'bulk' end) as item
    from tds_sync_queue_live order by id`.execute(db)
  return rows.map(({ item }) => item)
}

export async function trail(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ line: string }>`
    select concat_ws(' ', actor, action, affected, subject) as line from tds_audit_trail where actor = 'healing' order by id`.execute(
    db,
  )
  return rows.map(({ line }) => line)
}

export async function counted(db: Db, action: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select coalesce(sum(value), 0)::integer as n from tds_metrics where name = 'healed' and label = ${action}`.execute(
    db,
  )
  return rows[0]?.n ?? 0
}

export async function alertsOf(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ line: string }>`
    select concat_ws(' ', fingerprint, severity, status) as line from tds_alerts order by id`.execute(db)
  return rows.map(({ line }) => line)
}
