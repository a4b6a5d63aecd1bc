import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createDatabase, type OpenDatabase, sql } from '../../db/index.ts'
import { testDatabase, testServer } from '../helpers/database.ts'
import { incoming } from './records.ts'
import { eventsIn, inboxOver, until } from './setup.ts'

const numbered = (n: number) => incoming({ body: Buffer.from(`{"item":{"item_id":"${46_000 + n}"}}`) })

/** Over the same database, with connections of its own: another process as far as PostgreSQL can tell. */
function otherPool(t: Test, connectionString: string): OpenDatabase {
  const open = createDatabase({ connectionString, maxConnections: 4, statementTimeoutMs: 0, applicationName: 'other' })
  t.teardown(() => open.close())
  return open
}

t.test(
  'while the database is down webhooks go to the spool, and into the table in order when it is back',
  async (t) => {
    const server = await testServer(t)
    const { inbox, spoolDir } = inboxOver(t, server)
    inbox.start()
    const before = await inbox.receive(numbered(0))
    await server.stop()
    const receipts = [before]
    for (let n = 1; n <= 20; n += 1) receipts.push(await inbox.receive(numbered(n)))
    t.equal(inbox.state().databaseTakesWebhooks, false)
    t.equal((await readdir(spoolDir)).length, 20)
    await server.start()
    await until(async () => (await readdir(spoolDir)).length === 0, 'an empty spool')
    await until(async () => (await eventsIn(server)).every((row) => row.status === 'promoted'), 'promotion')
    const rows = await eventsIn(server)
    t.same(
      rows.map((row) => row.event_id),
      receipts.map((receipt) => receipt.eventId),
    )
    t.equal(inbox.state().databaseTakesWebhooks, true)
    t.equal((await inbox.receive(numbered(99))).queued, true)
    t.equal((await readdir(spoolDir)).length, 0, 'and the table is used again')
  },
)

t.test('a crash of the server in the middle of a burst loses nothing that was answered', async (t) => {
  const server = await testServer(t)
  const { inbox, spoolDir } = inboxOver(t, server)
  inbox.start()
  const burst = Array.from({ length: 1_000 }, (_, n) => inbox.receive(numbered(n)))
  await Promise.race(burst)
  await server.crash()
  const receipts = await Promise.all(burst)
  await server.start()
  await until(async () => (await readdir(spoolDir)).length === 0, 'an empty spool')
  const stored = new Set((await eventsIn(server)).map((row) => row.event_id))
  t.ok(receipts.every(({ eventId }) => stored.has(eventId)))
  t.equal(stored.size, 1_000)
})

t.test('it works before any connection was ever made', async (t) => {
  const server = await testServer(t)
  await server.stop()
  const { inbox } = inboxOver(t, server)
  inbox.start()
  const receipt = await inbox.receive(numbered(1))
  t.equal(receipt.queued, true)
  await server.start()
  await until(async () => (await eventsIn(server)).length === 1, 'the event in the table')
})

t.test('a hung database is answered for by the spool within about two seconds, and at once from then on', async (t) => {
  const database = await testDatabase(t)
  const { inbox, spoolDir } = inboxOver(t, database)
  const other = otherPool(t, database.connectionString)
  await inbox.receive(numbered(0))
  const locker = await other.pool.connect()
  await locker.query('begin; lock table tds_inbox_events')
  const started = performance.now()
  await Promise.all([numbered(1), numbered(2), numbered(3)].map((webhook) => inbox.receive(webhook)))
  const waited = performance.now() - started
  t.ok(waited > 1_500 && waited < 3_000, `answered after ${Math.round(waited)} ms`)
  const again = performance.now()
  await inbox.receive(numbered(4))
  t.ok(performance.now() - again < 500)
  await locker.query('commit')
  locker.release()
  inbox.start()
  await until(async () => (await readdir(spoolDir)).length === 0, 'an empty spool')
  t.equal((await eventsIn(database)).length, 5, 'an insert that may have happened after all happens once')
})

t.test('a lost idle connection ends neither the process nor the next webhook', async (t) => {
  const database = await testDatabase(t)
  const { inbox } = inboxOver(t, database)
  inbox.start()
  await inbox.receive(numbered(0))
  const other = otherPool(t, database.connectionString)
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`.execute(
    other.db,
  )
  await inbox.receive(numbered(1))
  await until(async () => (await eventsIn(other)).length === 2, 'both events')
})

t.test('a process drains what a dead one left, and a file drained twice changes nothing', async (t) => {
  const server = await testServer(t)
  await server.stop()
  const dead = inboxOver(t, server)
  const receipt = await dead.inbox.receive(numbered(1))
  await dead.inbox.stop()
  const [name = ''] = await readdir(dead.spoolDir)
  const bytes = await readFile(join(dead.spoolDir, name))
  await server.start()
  for (const _ of [1, 2]) {
    await writeFile(join(dead.spoolDir, name), bytes)
    const { inbox } = inboxOver(t, server, { spool: { dir: dead.spoolDir, maxBytes: 1_000_000 } })
    inbox.start()
    await until(async () => (await readdir(dead.spoolDir)).length === 0, 'an empty spool')
    await inbox.stop()
  }
  const rows = await eventsIn(server)
  t.same(
    rows.map((row) => row.event_id),
    [receipt.eventId],
  )
})

t.test('repeats that met in the spool are absorbed when it is drained', async (t) => {
  const server = await testServer(t)
  await server.stop()
  const { inbox, spoolDir } = inboxOver(t, server)
  const webhook = incoming({ body: Buffer.from('{"item":{"item_id":"46","last_modified_time":"x"}}') })
  const first = await inbox.receive(webhook)
  await inbox.receive(webhook)
  await server.start()
  inbox.start()
  await until(async () => (await readdir(spoolDir)).length === 0, 'an empty spool')
  t.match(await eventsIn(server), [{ duplicate_of: null }, { status: 'duplicate', duplicate_of: first.eventId }])
})

t.test('damaged records are set aside and counted; the others are drained', async (t) => {
  const server = await testServer(t)
  await server.stop()
  const { inbox, spoolDir } = inboxOver(t, server)
  await Promise.all([1, 2, 3, 4].map((n) => inbox.receive(numbered(n))))
  await inbox.receive(numbered(5))
  const [oldest = ''] = (await readdir(spoolDir)).toSorted()
  const path = join(spoolDir, oldest)
  const damaged = (await readFile(path, 'utf8')).replace('"method":"POST"', '"method":"PUT"')
  await writeFile(path, damaged)
  await server.start()
  inbox.start()
  await until(async () => (await eventsIn(server)).length === 4, 'the four whole records')
  await until(async () => (await readdir(spoolDir)).join() === `${oldest}.corrupt`, 'only the damaged file')
  await inbox.stop()
  const { rows } = await sql<{ value: number }>`select value from tds_metrics where name = 'spool_corrupt'`.execute(
    server.db,
  )
  t.same(rows, [{ value: 1 }])
})

t.test('with neither database nor spool a webhook gets 503 and the next one is tried again', async (t) => {
  const server = await testServer(t)
  const dir = t.testdir({ broken: 'a file where the folder should be' })
  const full = inboxOver(t, server, { spool: { dir, maxBytes: 600 } }).inbox
  const broken = inboxOver(t, server, { spool: { dir: join(dir, 'broken'), maxBytes: 1_000_000 } }).inbox
  await server.stop()
  const large = incoming({ body: Buffer.alloc(1_000) })
  await t.rejects(full.receive(large), { code: 'INBOX_SPOOL_FULL', status: 503 })
  await t.rejects(broken.receive(large), { code: 'INBOX_SPOOL_FAILED', status: 503 })
  await server.start()
  t.equal((await full.receive(large)).queued, true)
  t.equal((await broken.receive(large)).queued, true)
})
