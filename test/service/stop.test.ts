import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { serveProcess } from '../helpers/process.ts'
import { environmentFor, secrets, until } from '../helpers/service.ts'
import { createSimulator } from '../simulator/index.ts'
import { fire, type Landed } from '../torture/load/sender.ts'
import { targetsOf } from '../torture/load/targets.ts'

/** A service under more webhooks than it will live to see. */
async function underFlood(t: Test, more: Record<string, string>) {
  const simulator = await createSimulator({ items: 12, limits: 'relaxed' })
  t.teardown(() => simulator.close())
  const dataDir = await mkdtemp(join(tmpdir(), 'tds-stop-'))
  t.teardown(() => rm(dataDir, { recursive: true, force: true }))
  const { db, connectionString } = await testDatabase(t)
  const env = environmentFor(simulator, dataDir, { DATABASE_URL: connectionString, ...more })
  const tds = await serveProcess(t, env)
  await until(db, 'the service lives', sql`select exists (select from tds_processes)`)
  const flood = fire({
    port: Number(new URL(tds.url).port),
    connections: 48,
    count: 200_000,
    key: secrets.key,
    targets: targetsOf(simulator),
    from: 'one',
    bytes: 1_500,
    once: true,
  })
  t.teardown(() => flood.end())
  await flood.first
  await until(db, 'the flood flows', sql`select count(*) > 400 from tds_inbox_events`)
  return { db, env, tds, flood }
}

/** Exactly what was acknowledged is there, or more where a reply was lost with its process; nothing is there twice. */
async function keptAll(t: Test, db: Db, { events }: Landed): Promise<number> {
  const { rows } = await sql<{ known: number; kept: number }>`
    select count(*) as kept, count(*) filter (where e.event_id in (
      select value::uuid from jsonb_array_elements_text(${JSON.stringify(events)}::jsonb))) as known
    from tds_inbox_events e`.execute(db)
  t.equal(new Set(events).size, events.length, 'each acknowledged with an id of its own')
  t.equal(rows[0]?.known, events.length, 'every acknowledged webhook is kept')
  return rows[0]?.kept ?? 0
}

/** Every event is worked off by the next process. */
async function worksOff(t: Test, db: Db, env: Record<string, string>): Promise<void> {
  const next = await serveProcess(t, { ...env, TDS_DRAIN_SECONDS: '0' })
  await until(
    db,
    'the next process has worked everything off',
    sql`select not exists (select from tds_sync_queue_live) and not exists (select from tds_inbox_events where outcome is null)`,
    60_000,
  )
  t.equal(await next.stop(), 0)
}

for (const drain of ['0', '2'])
  t.test(`SIGTERM under a flood, ${drain} s of drain: whoever is being served is answered, exit 0`, async (t) => {
    const { db, env, tds, flood } = await underFlood(t, { TDS_DRAIN_SECONDS: drain })
    t.equal(await tds.stop(), 0)
    const landed = await flood.landed
    t.same(Object.keys(landed.statuses), ['200'], `${landed.events.length} taken`)
    t.equal(landed.cut, 0, 'no connection ended before its reply')
    t.ok(landed.unsent > 0, 'stopped in the middle')
    t.equal(await keptAll(t, db, landed), landed.events.length, 'and nothing else')
    const { rows } = await sql`select from tds_sync_queue_live where status = 'processing'`.execute(db)
    t.same(rows, [], 'no lease outlives its process')
    await worksOff(t, db, env)
  })

t.test('a second signal ends it at once, not with 0, and nothing acknowledged is lost', async (t) => {
  const { db, env, tds, flood } = await underFlood(t, { TDS_DRAIN_SECONDS: '120' })
  const exited = tds.stop()
  await until(db, 'it serves on', sql`select count(*) > ${await kept(db)} from tds_inbox_events`)
  const began = Date.now()
  t.not(await tds.stop(), 0)
  t.not(await exited, 0)
  t.ok(Date.now() - began < 30_000, 'it did not wait for the drain')
  const landed = await flood.landed
  t.ok((await keptAll(t, db, landed)) >= landed.events.length)
  await worksOff(t, db, env)
})

async function kept(db: Db): Promise<number> {
  const { rows } = await sql<{ kept: number }>`select count(*) as kept from tds_inbox_events`.execute(db)
  return rows[0]?.kept ?? 0
}
