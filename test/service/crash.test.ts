import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { testDatabase, testServer } from '../helpers/database.ts'
import { serveProcess } from '../helpers/process.ts'
import { environmentFor, secrets, until } from '../helpers/service.ts'
import { createSimulator } from '../simulator/index.ts'

async function seed(t: Test, items: number) {
  const simulator = await createSimulator({ items, limits: 'relaxed' })
  t.teardown(() => simulator.close())
  const dataDir = await mkdtemp(join(tmpdir(), 'tds-crash-'))
  t.teardown(() => rm(dataDir, { recursive: true, force: true }))
  return { simulator, dataDir }
}

const quiet = (db: Db) =>
  until(
    db,
    'nothing is left to do',
    sql`select not exists (select from tds_sync_queue_live) and not exists (select from tds_inbox_events where status = 'received')
    and not exists (select from tds_sync_runs where status in ('running', 'read'))`,
    60_000,
  )

const send = (url: string, id: string) =>
  fetch(`${url}/api/tds/webhooks/products`, {
    method: 'POST',
    headers: { 'x-webhook-key': secrets.key, 'content-type': 'application/json' },
    body: JSON.stringify({ item: { item_id: id } }),
  })

t.test('SIGKILL in a burst of webhooks: everything acknowledged is there, once, and ends in its row', async (t) => {
  const { simulator, dataDir } = await seed(t, 40)
  const { db, connectionString } = await testDatabase(t)
  const env = environmentFor(simulator, dataDir, { DATABASE_URL: connectionString })
  const first = await serveProcess(t, env)
  const ids = simulator.control.records.ids('items')
  const acknowledged: string[] = []
  const enough = Promise.withResolvers<void>()
  let sent = 0
  const sender = async () => {
    while (sent < 4_000) {
      const reply = await send(first.url, ids[sent++ % ids.length] ?? '')
      if (reply.status === 200) acknowledged.push(((await reply.json()) as { event_id: string }).event_id)
      if (acknowledged.length > 150) enough.resolve()
    }
  }
  const burst = Promise.allSettled(Array.from({ length: 16 }, sender))
  await enough.promise
  await first.kill()
  await burst
  t.ok(sent < 4_000, `killed in the middle: ${acknowledged.length} acknowledged of ${sent} sent`)
  await serveProcess(t, env)
  await quiet(db)
  const { rows } = await sql<{ stored: number; settled: number; products: number; stuck: number }>`
    select (select count(*) from tds_inbox_events where event_id in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(acknowledged)}::jsonb))) as stored,
      (select count(*) from tds_inbox_events where status = 'promoted' and outcome is null) as stuck,
      (select count(*) from products) as products`.execute(db)
  t.match(rows[0], { stored: acknowledged.length, stuck: 0, products: ids.length })
})

t.test('SIGKILL in the middle of a full sync: the next process goes on and the tables end equal', async (t) => {
  const { simulator, dataDir } = await seed(t, 450)
  const { db, connectionString } = await testDatabase(t)
  const env = environmentFor(simulator, dataDir, { DATABASE_URL: connectionString, TDS_SCHEDULER: 'true' })
  const hold = simulator.control.faults.set({ kind: 'hold', purpose: 'items list', query: 'page=2', times: 1 })
  const first = await serveProcess(t, env)
  await simulator.control.faults.waiting(hold, 1)
  await until(db, 'the first page is written', sql`select count(*) = 200 from products`)
  await first.kill()
  simulator.control.faults.release(hold)
  simulator.control.calls.reset()
  await serveProcess(t, env)
  await until(
    db,
    'everything is here',
    sql`select (select count(*) from products) = 450
    and exists (select from tds_sync_runs where entity_type = 'product_images' and status = 'settled')
    and not exists (select from tds_sync_queue_live)`,
    60_000,
  )
  const runs = await sql<{
    n: number
  }>`select count(*) as n from tds_sync_runs where entity_type = 'products' and mode = 'full'`.execute(db)
  t.equal(runs.rows[0]?.n, 1, 'the same run went on')
  t.equal(
    simulator.control.calls.report().byPath['GET /inventory/v1/items'] ?? 0,
    2,
    'at most the page that was cut off was read again',
  )
  const { rows } = await sql`select count(*) as n from product_images where status = 'present'`.execute(db)
  t.match(rows, [{ n: simulator.control.images.expected().good }])
  t.match(
    (
      await sql`select fetched - written - unchanged - stale - skipped - failed as open from tds_sync_runs where status = 'settled'`.execute(
        db,
      )
    ).rows.every((row) => (row as { open: number }).open === 0),
    true,
  )
})

t.test('PostgreSQL away and back: the process lives, webhooks are taken, everything drains', async (t) => {
  const { simulator, dataDir } = await seed(t, 30)
  const server = await testServer(t)
  const env = environmentFor(simulator, dataDir, { DATABASE_URL: server.connectionString })
  const tds = await serveProcess(t, env)
  const ids = simulator.control.records.ids('items')
  t.equal((await send(tds.url, ids[0] ?? '')).status, 200)
  await quiet(server.db)
  await server.crash()
  const replies = await Promise.all(ids.map((id) => send(tds.url, id)))
  t.same(new Set(replies.map((reply) => reply.status)), new Set([200]), 'taken while the database is away')
  t.equal((await fetch(`${tds.url}/api/tds/health`)).status, 503)
  t.equal((await fetch(`${tds.url}/api/tds/health/live`)).status, 200)
  await server.start()
  await until(server.db, 'every item arrived', sql`select count(*) = ${ids.length} from products`, 60_000)
  await quiet(server.db)
  t.equal(tds.child.exitCode, null, 'the same process still runs')
  t.equal(await tds.stop(), 0)
})

t.test('SIGTERM under load loses nothing and ends in order', async (t) => {
  const { simulator, dataDir } = await seed(t, 30)
  const { db, connectionString } = await testDatabase(t)
  const env = environmentFor(simulator, dataDir, { DATABASE_URL: connectionString })
  const tds = await serveProcess(t, env)
  const ids = simulator.control.records.ids('items')
  const replies = Promise.allSettled(ids.map((id) => send(tds.url, id)))
  await until(db, 'some came', sql`select count(*) > 0 from tds_inbox_events`)
  t.equal(await tds.stop(), 0)
  const taken = (await replies).filter((each) => each.status === 'fulfilled' && each.value.status === 200).length
  const { rows } = await sql<{ events: number; held: number }>`select (select count(*) from tds_inbox_events) as events,
    (select count(*) from tds_sync_queue_live where status = 'processing') as held`.execute(db)
  t.ok((rows[0]?.events ?? 0) >= taken)
  t.equal(rows[0]?.held, 0, 'no lease outlives its process')
})

t.test('a database of another organisation is refused before anything is mixed', async (t) => {
  const { simulator, dataDir } = await seed(t, 5)
  const { db, connectionString } = await testDatabase(t)
  await sql`insert into tds_zoho_organization (organization_id, name, time_zone, currency_code, price_precision)
    values ('111', 'Somebody else', 'UTC', 'EUR', 2)`.execute(db)
  const tds = await serveProcess(t, environmentFor(simulator, dataDir, { DATABASE_URL: connectionString }))
  const [code] = (await once(tds.child, 'exit')) as [number | null]
  t.equal(code, 1)
  t.match(tds.lines.join('\n'), /ORGANIZATION_CHANGED.*organisation 111/s)
})
