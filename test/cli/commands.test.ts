import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { sql } from '../../db/index.ts'
import { commands, runCli } from '../../src/cli/index.ts'
import { emptyDatabase } from '../helpers/database.ts'
import { ofTheMachine } from '../helpers/process.ts'
import { environmentFor } from '../helpers/service.ts'
import { createSimulator, type Simulator } from '../simulator/index.ts'

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

interface Bench {
  readonly simulator: Simulator
  readonly env: Record<string, string>
  readonly db: Awaited<ReturnType<typeof emptyDatabase>>['db']
  readonly dataDir: string
}

async function setUp(t: Test): Promise<Bench> {
  const simulator = await createSimulator({ items: 30, limits: 'relaxed' })
  t.teardown(() => simulator.close())
  const { connectionString, db } = await emptyDatabase(t)
  const dataDir = t.testdir()
  const env = environmentFor(simulator, dataDir, { DATABASE_URL: connectionString, TDS_ZOHO_CONCURRENCY: '20' })
  return { simulator, env, db, dataDir }
}

function start(t: Test, env: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...ofTheMachine(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => {
    if (child.exitCode === null) child.kill('SIGKILL')
  })
  return child
}

/** The same without a process of its own. */
async function here(env: Record<string, string>, ...argv: string[]) {
  const said = { stdout: '', stderr: '' }
  const code = await runCli({
    argv,
    commands,
    env,
    stdout: { write: (part) => (said.stdout += part) },
    stderr: { write: (part) => (said.stderr += part) },
    signal: new AbortController().signal,
  })
  return { code, ...said, json: () => JSON.parse(said.stdout) }
}

async function tds(t: Test, env: Record<string, string>, ...args: string[]) {
  const child = start(t, env, ...args)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, stdout, stderr, json: () => JSON.parse(stdout) }
}

t.test('migrate, sync, verify, status, dlq and events on one database', async (t) => {
  const { simulator, env, db } = await setUp(t)

  const early = await here(env, 'status', '--json')
  t.equal(early.code, 1, 'reading commands change nothing, they say what is missing')
  t.match(early.json(), { error: { code: 'NOT_MIGRATED', message: /tds -- migrate/ } })

  const migrated = await here(env, 'migrate', '--json')
  t.equal(migrated.code, 0)
  t.match(migrated.json(), { applied: ['0001_inbox'], differences: [] })

  const synced = await here(env, 'sync', 'full', 'warehouses', 'categories', 'products', 'inventory_items', '--json')
  t.equal(synced.code, 0) || t.comment(synced.stderr)
  t.match(synced.json(), { ok: true, mode: 'full' })
  t.strictSame(
    synced.json().runs.map((run: Record<string, unknown>) => `${run.entity_type} ${run.status}`),
    ['warehouses settled', 'categories settled', 'products settled', 'inventory_items settled'],
  )

  t.match(synced.json().runs[2], { calls_used: 1, bound: { calls: 1, formula: '⌈records / 200⌉' }, strategy: 'list' })

  const tested = await here(env, 'sync', 'self-test')
  t.equal(tested.code, 0) || t.comment(tested.stderr)
  t.match(tested.stdout, /products +last_modified_time +honoured/)
  const changed = await here(env, 'sync', 'incremental', 'products')
  t.match(changed.stdout, /products: \d+ read by the filter.*; 1 call\b/)
  const planned = await here(env, 'sync', 'plan', '--json')
  t.match(planned.json(), {
    products: { inventory: { stretch: 1 } },
    timetable: [{ task: 'warehouses.full', fits: true }],
  })
  t.match((await here(env, 'sync', 'plan')).stdout, /products\.incremental +1 +144 +10 min/)
  t.equal((await here(env, 'sync', 'full', '--since', 'yesterday')).code, 2)
  t.equal((await here(env, 'sync', 'backfill', 'products')).code, 2, 'no document waits behind its rows')

  const equal = await here(env, 'verify', 'products')
  t.equal(equal.code, 0) || t.comment(equal.stdout)
  t.match(equal.stdout, /products +30 +30 +30 +20/)
  t.match(equal.stdout, 'Nothing differs.')

  await sql`update products set name = 'Wrong' where zoho_item_id = (select min(zoho_item_id) from products)`.execute(
    db,
  )
  const differs = await here(env, 'verify', 'products', '--repair', '--json')
  t.equal(differs.code, 1)
  t.match(differs.json(), { ok: false, entities: [{ difference_count: 1, requeued: 1 }] })
  t.equal((await here(env, 'verify', 'products', '--all-fields')).code, 0, 'the repair was waited for')

  const status = await here(env, 'status', '--json')
  t.match(status.json(), {
    health: { queue: { dead_letter: 0 } },
    statistics: { entities: { products: { rows: { live: 30 } } } },
  })
  t.match((await here(env, 'status')).stdout, /products +30 /)

  const [id] = simulator.control.records.ids('items')
  await sql`delete from tds_sync_queue_live`.execute(db)
  await sql`
    insert into tds_dead_letter_queue (entity_type, source_entity_id, error_code, error_message)
    values ('products', ${id}, 'ZOHO_CODE', 'odd')`.execute(db)
  t.match((await here(env, 'dlq', '--json')).json(), { total: 1, items: [{ error_code: 'ZOHO_CODE' }] })
  t.match((await here(env, 'dlq', 'requeue', '--entity', 'products', '--dry-run', '--json')).json(), {
    count: 1,
    batch_id: null,
  })
  t.match((await here(env, 'dlq', 'groups')).stdout, /1 {2}\n? *Zoho reported a failure inside a success/)
  t.match((await here(env, 'dlq', 'show', '1', '--json')).json(), { id: 1, story: { row: { exists: true } } })
  t.match((await here(env, 'dlq', '--error', 'even', '--json')).json(), { total: 0 })
  const preview = (await here(env, 'dlq', 'requeue', '1', '--dry-run', '--json')).json()
  t.match(preview, { count: 1, estimate: { calls: 1 } })
  const confirmed = (await here(env, 'dlq', 'requeue', '--preview', preview.preview_id)).stdout
  t.match(confirmed, '1 will be read again')
  t.match((await here(env, 'dlq', 'batch', preview.preview_id)).stdout, /is done: 1 of 1 letters, 1 requeued/)
  t.equal((await here(env, 'dlq', 'cancel', preview.preview_id)).code, 1, 'nothing is left to cancel')
  t.equal((await here(env, 'dlq', 'resolve', '1')).code, 2, 'a note is asked for')
  const { rows } = await sql`select entity_type, source_entity_id, lane from tds_sync_queue_live`.execute(db)
  t.strictSame(rows, [{ entity_type: 'products', source_entity_id: id, lane: 'read' }])

  t.match((await here(env, 'dlq', 'resolve', '1', '--reason', 'done')).stdout, '1 are resolved')

  t.match((await here(env, 'events', '--json')).json(), { items: [], total: 0 })
  await sql`update products set name = 'Wrong' where zoho_item_id = ${id}`.execute(db)
  const eventId = '0190a1b2-0000-7000-8000-000000000001'
  await sql`
    insert into tds_inbox_events (event_id, module, status, entity_type, source_entity_id)
    values (${eventId}, 'products', 'promoted', 'products', ${id})`.execute(db)
  const looked = await here(env, 'events', 'replay', '--from', '2026-01-01', '--dry-run')
  t.match(looked.stdout, /1 event\(s\): 1 record\(s\) would be read again/)
  t.match(looked.stdout, new RegExp(`products ${id}  update\\n    name: "Wrong" → "`))
  t.match((await here(env, 'events', 'replay', eventId, '--json')).json(), { count: 1, records: 1, parked: 0 })
  t.equal((await here(env, 'events', 'replay')).code, 2)
})

t.test('documents from a day on, then older ones as many as are asked for', async (t) => {
  const { env, db } = await setUp(t)
  const full = await here(env, 'sync', 'full', 'invoices', '--since', '2025-07-01', '--json')
  t.equal(full.code, 0) || t.comment(full.stderr)
  const due = async () =>
    (await sql<{ day: string }>`select date::text as day from invoices where detail_due order by date desc`.execute(db))
      .rows
  const waiting = await due()
  t.ok(waiting.length > 5 && waiting.every(({ day }) => day < '2025-07-01'))
  const backfill = await here(env, 'sync', 'backfill', 'invoices', '--limit', '5', '--json')
  t.match(backfill.json(), { ok: true, runs: [{ entity_type: 'invoices', mode: 'backfill', details: 5 }] })
  t.equal((await due()).length, waiting.length - 5)
  t.match((await here(env, 'sync', 'plan')).stdout, new RegExp(`invoices +${waiting.length - 5} `))
})

t.test('a sync that is interrupted ends in order and the next one goes on', async (t) => {
  const { simulator, env, db } = await setUp(t)
  const hold = simulator.control.faults.set({ kind: 'hold', purpose: 'items list' })
  const child = start(t, env, 'sync', 'full', 'products', '--json')
  const ended = once(child, 'close')
  await simulator.control.faults.waiting(hold, 1)
  child.kill('SIGINT')
  const [code] = await ended
  t.equal(code, 1)
  simulator.control.faults.clear()
  const { rows } = await sql`select status, owner from tds_sync_runs where entity_type = 'products'`.execute(db)
  t.strictSame(rows, [{ status: 'running', owner: null }], 'the run waits for whoever comes')
  const next = await here(env, 'sync', 'full', 'products', '--json')
  t.equal(next.code, 0) || t.comment(next.stderr)
  t.match(next.json(), { runs: [{ id: 1, status: 'settled', fetched: 30 }] })
})

t.test('serve: keys of its own outside production, healthcheck, and an end in order', async (t) => {
  const { env, dataDir } = await setUp(t)
  const { TDS_ADMIN_KEY: _a, TDS_WEBHOOK_KEY: _k, TDS_WEBHOOK_SECRET: _s, ...keyless } = env
  const child = start(t, { ...keyless, PORT: '0', TDS_LOG_LEVEL: 'info' }, 'serve')
  const ended = once(child, 'close')
  const said: string[] = []
  const listening = Promise.withResolvers<string>()
  const ready = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.push(line)
    const { url, msg } = JSON.parse(line)
    if (url) listening.resolve(url)
    if (msg === 'the database is ready') ready.resolve()
  })
  const url = new URL(await listening.promise)
  await ready.promise
  const check = (depth: string) =>
    tds(t, { ...env, HOST: url.hostname, PORT: url.port }, 'healthcheck', depth, '--json')
  t.match((await check('ready')).json(), { ok: true, status: 200 })
  t.equal((await check('live')).code, 0)

  const file = join(dataDir, 'keys.json')
  t.equal((await stat(file)).mode & 0o777, 0o600)
  const keys = JSON.parse(await readFile(file, 'utf8'))
  const authorised = await fetch(new URL('/api/tds/statistics', url), {
    headers: { authorization: `Bearer ${keys.admin_key}` },
  })
  t.equal(authorised.status, 200)
  await authorised.body?.cancel()

  child.kill('SIGTERM')
  const [code] = await ended
  t.equal(code, 0)
  const log = said.join('\n')
  t.match(log, file, 'the path of the keys is told')
  for (const key of Object.values(keys)) t.notMatch(log, String(key), 'the keys are not')
})

t.test('serve ends with words when the database is not what this version expects', async (t) => {
  const { env, db } = await setUp(t)
  t.equal((await here(env, 'migrate')).code, 0)
  await sql`alter table products drop column reorder_level`.execute(db)
  const { code, stdout } = await tds(t, { ...env, PORT: '0', TDS_LOG_LEVEL: 'info' }, 'serve')
  t.equal(code, 1)
  t.match(stdout, /SCHEMA_DRIFT/)
  t.match(stdout, /reorder_level/)
})

t.test('serve refuses a port that is taken', async (t) => {
  const { env, simulator } = await setUp(t)
  const { code, stdout } = await tds(t, { ...env, PORT: new URL(simulator.url).port, TDS_LOG_LEVEL: 'info' }, 'serve')
  t.equal(code, 1)
  t.match(stdout, /PORT names another/)
})

t.test('serve does without its database until it comes', async (t) => {
  const { env } = await setUp(t)
  const away = { ...env, DATABASE_URL: 'postgres://nobody:none@127.0.0.1:1/none', PORT: '0', TDS_LOG_LEVEL: 'info' }
  const child = start(t, away, 'serve')
  const ended = once(child, 'close')
  const listening = Promise.withResolvers<string>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { url } = JSON.parse(line)
    if (url) listening.resolve(url)
  })
  const url = await listening.promise
  t.equal((await fetch(new URL('/api/tds/health/live', url))).status, 200)
  t.equal((await fetch(new URL('/api/tds/health/ready', url))).status, 503)
  const taken = await fetch(new URL(`/api/tds/webhooks/products?key=${env.TDS_WEBHOOK_KEY}`, url), {
    method: 'POST',
    body: '{"item":{"item_id":"1"}}',
  })
  t.equal(taken.status, 200, 'the webhook is in the spool')
  child.kill('SIGTERM')
  t.strictSame(await ended, [0, null])
})

t.test(
  'a command that works gives up on a database that does not come, and says which word waits longer',
  async (t) => {
    const { env } = await setUp(t)
    const away = { ...env, DATABASE_URL: 'postgres://nobody:none@127.0.0.1:1/none' }
    const { code, stdout, stderr } = await tds(t, away, 'sync', 'full', 'warehouses', '--wait', '0.2', '--json')
    t.equal(code, 1)
    t.match(stderr, /could not be used within 0\.2 s; nothing was done\..*--wait/)
    t.match(JSON.parse(stdout), { error: { code: 'DATABASE_AWAY' } })
    t.equal((await tds(t, away, 'sync', 'full', '--wait', 'long')).code, 2)
  },
)
