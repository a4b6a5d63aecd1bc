import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { sql } from '../../db/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { serveProcess } from '../helpers/process.ts'
import { environmentFor, secrets, startService, until } from '../helpers/service.ts'
import { createSimulator } from '../simulator/index.ts'

const bearer = { authorization: `Bearer ${secrets.admin}` }

async function seed(t: Test, env: Record<string, string> = {}) {
  const service = await startService(t, { simulator: { items: 30 }, env })
  const ask = async (method: string, path: string, body?: object) => {
    const reply = await fetch(`${service.url}/api/tds${path}`, {
      method,
      headers: { ...bearer, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    return { status: reply.status, body: JSON.parse(await reply.text()) }
  }
  return { ...service, ask }
}

t.test('every task shows when it ran, when it runs next, and whether the day allows it', async (t) => {
  const { ask, sync, ctx } = await seed(t)
  await sync('full', 'products')
  const { body } = await ask('GET', '/schedules')
  t.equal(body.total, (await ctx.scheduler.timetable()).length)
  const task = (name: string) => body.items.find((each: { name: string }) => each.name === name)
  const incremental = task('products.incremental')
  t.match(incremental, { cron: incremental.default_cron, enabled: true, time_zone: 'Asia/Baghdad', fits: true })
  t.ok(Date.parse(incremental.next_at) > Date.parse(incremental.last_started_at))
  t.match(task('products.full'), { last_run: { status: 'settled' } })
  t.equal(task('customers.incremental').next_at, null, 'it waits for a first full run')
})

t.test('a pattern is changed, refused with the place that is wrong, and set back', async (t) => {
  const { ask } = await seed(t)
  const change = (body: object, name = 'products.incremental') => ask('PATCH', `/schedules/${name}`, body)
  const { default_cron } = (await ask('GET', '/schedules/products.incremental')).body
  t.match(await change({ every_minutes: 30, reason: 'a small plan' }), {
    status: 200,
    body: { cron: '*/30 * * * *', every_seconds: 1800, updated_by: 'key bootstrap', enabled: true },
  })
  t.match(await change({ cron: '*/61 * * *', reason: 'x' }), {
    status: 400,
    body: { code: 'SCHEDULE_INVALID', errors: [{ pointer: '/body/cron' }] },
  })
  for (const cron of ['* * * * * *', '0 0 30 2 *', 'tomorrow'])
    t.match(await change({ cron, reason: 'x' }), { body: { code: 'SCHEDULE_INVALID' } }, cron)
  t.match(await change({ every_minutes: 7, reason: 'x' }), { body: { errors: [{ pointer: '/body/every_minutes' }] } })
  t.match(await change({ reason: 'x' }), { status: 400, body: { code: 'VALIDATION' } })
  t.match(await change({ enabled: false, reason: 'x' }, 'nothing'), { status: 404, body: { code: 'SCHEDULE_UNKNOWN' } })
  t.match((await change({ enabled: false, reason: 'off' })).body, {
    enabled: false,
    next_at: null,
    cron: '*/30 * * * *',
  })
  t.match((await change({ cron: null, enabled: true, reason: 'as it was' })).body, {
    enabled: true,
    cron: default_cron,
  })
  t.match((await ask('GET', '/audit?action=schedule.change')).body.items, [
    { before: { cron: '*/30 * * * *', enabled: false }, reason: 'as it was' },
    { after: { cron: '*/30 * * * *', enabled: false } },
    { before: {}, after: { cron: '*/30 * * * *' }, actor: 'key bootstrap' },
  ])
})

t.test('the leader takes a change up, and what is wanted now, without a restart', async (t) => {
  const { ask, db, sync, ctx } = await seed(t, { TDS_SCHEDULER: 'true' })
  for (const { name } of (await ask('GET', '/schedules')).body.items)
    if (name !== 'self-test') await ask('PATCH', `/schedules/${name}`, { enabled: false, reason: 'quiet' })
  await until(db, 'it leads', sql`select exists (select from tds_processes where is_leader)`)
  await sql`delete from tds_sync_runs where status = 'queued'`.execute(db)
  const before = (await ask('GET', '/syncs?entity=warehouses')).body.total
  await sync('full', 'warehouses').catch(() => undefined)
  await until(db, 'warehouses are here', sql`select exists (select from warehouses)`)
  const now = await ask('POST', '/schedules/warehouses.full/run', { reason: 'now' })
  t.match([now.status, now.body.task, now.body.run_ids.length], [202, 'warehouses.full', 1])
  await until(db, 'it ran', sql`select status = 'settled' from tds_sync_runs where id = ${now.body.run_ids[0]}`)
  t.ok((await ask('GET', '/syncs?entity=warehouses')).body.total > before)
  t.match(await ask('POST', '/schedules/self-test/run', { reason: 'now' }), { status: 202, body: { run_ids: [] } })
  await until(db, 'the leader did it', sql`select exists (select from tds_filter_tests)`)
  await until(db, 'it is asked for no more', sql`select not exists (select from tds_schedule_requests)`)
  t.ok(ctx.scheduler.isLeader)
})

t.test('shares of the day are changed within bounds, and the plan follows', async (t) => {
  const { ask } = await seed(t)
  t.match((await ask('GET', '/budget')).body, { reserve_percent: 20, backfill_percent: 10, updated_by: null })
  t.match(await ask('PATCH', '/budget', { reserve_percent: 50, reason: 'a busy week' }), {
    status: 200,
    body: { reserve_percent: 50, backfill_percent: 10, updated_by: 'key bootstrap' },
  })
  const { day_limit, reserve } = (await ask('GET', '/backfill')).body.products.books
  t.equal(reserve, Math.floor(day_limit / 2))
  t.match(await ask('PATCH', '/budget', { backfill_percent: 60, reason: 'x' }), {
    status: 400,
    body: { code: 'BUDGET_INVALID', errors: [{ pointer: '/body/reserve_percent' }] },
  })
  t.match((await ask('PATCH', '/budget', { reserve_percent: null, reason: 'x' })).body, { reserve_percent: 20 })
})

t.test('a cursor is set back after a look at what that costs', async (t) => {
  const { ask, sync, db } = await seed(t)
  await sync('full', 'products')
  const body = { modified_since: null, reason: 'edits were lost' }
  const look = await ask('PATCH', '/cursors/products', { ...body, dry_run: true })
  t.match(look, { status: 200, body: { dry_run: true, records: 30, calls: 1, after: { modified_since: null } } })
  const known = (await ask('GET', '/cursors')).body.items.find(
    (each: { entity_type: string }) => each.entity_type === 'products',
  )
  t.ok(known.modified_since, 'a dry run changes nothing')
  t.match(await ask('PATCH', '/cursors/products', { ...body, modified_since: '2999-01-01T00:00:00Z' }), {
    body: { code: 'CURSOR_FUTURE', errors: [{ pointer: '/body/modified_since' }] },
  })
  t.match(await ask('PATCH', '/cursors/product_images', body), { status: 400, body: { code: 'CURSOR_NONE' } })
  await sql`insert into tds_sync_runs (entity_type, mode, status) values ('products', 'full', 'queued')`.execute(db)
  t.match(await ask('PATCH', '/cursors/products', body), { status: 409, body: { code: 'SYNC_ALREADY_RUNNING' } })
  await sql`delete from tds_sync_runs where status = 'queued'`.execute(db)
  t.match(await ask('PATCH', '/cursors/products', body), { body: { dry_run: false } })
  const run = await sync('incremental', 'products')
  t.match(run, { fetched: 30, unchanged: 30, strategy: 'list' })
  t.match((await ask('GET', '/audit?action=cursor.reset')).body.items, [
    { subject: 'cursor products', reason: 'edits were lost' },
  ])
})

t.test('a pause outlives the process that was killed, and the run goes on when it is over', async (t) => {
  const simulator = await createSimulator({ items: 450, limits: 'relaxed' })
  t.teardown(() => simulator.close())
  const { db, connectionString } = await testDatabase(t)
  const dataDir = await mkdtemp(join(tmpdir(), 'tds-paused-'))
  t.teardown(() => rm(dataDir, { recursive: true, force: true }))
  const env = environmentFor(simulator, dataDir, { DATABASE_URL: connectionString })
  const ask = async ({ url }: { url: string }, path: string, body: object) => {
    const headers = { ...bearer, 'content-type': 'application/json' }
    const reply = await fetch(`${url}/api/tds${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: reply.status, body: JSON.parse(await reply.text()) }
  }
  const { faults } = simulator.control
  const hold = faults.set({ kind: 'hold', purpose: 'items list', query: 'page=2', times: 1 })
  const first = await serveProcess(t, env)
  await until(db, 'it is migrated', sql`select to_regclass('tds_pauses') is not null`)
  await until(db, 'it is ready', sql`select true`)
  const started = await ask(first, '/syncs', { mode: 'full', entities: ['products'] })
  const id = started.body.runs[0].id
  await faults.waiting(hold, 1)
  t.equal((await ask(first, '/syncs/pause', { mode: 'full', reason: 'tonight' })).status, 200)
  await first.kill()
  faults.release(hold)
  // This one leads: it takes up whatever is left behind, but for what is paused.
  const second = await serveProcess(t, { ...env, TDS_SCHEDULER: 'true' })
  await until(db, 'it leads', sql`select exists (select from tds_processes where is_leader)`)
  await until(
    db,
    'its other tasks have begun',
    sql`select exists (select from tds_sync_runs where mode = 'images' and status = 'settled')`,
  )
  const { rows } = await sql<{ status: string; fetched: number; others: number }>`
    select status, fetched, (select count(*) from tds_sync_runs where mode = 'full' and id <> ${id}) as others
    from tds_sync_runs where id = ${id}`.execute(db)
  t.match(rows, [{ status: 'running', fetched: 200, others: 0 }])
  const health = await fetch(`${second.url}/api/tds/health`, { headers: bearer })
  const reasons: { code: string; words: string }[] = JSON.parse(await health.text()).reasons
  t.match(
    reasons.find(({ code }) => code === 'paused')?.words,
    /^full runs are paused by key bootstrap since .*Z: tonight$/,
  )
  t.equal((await ask(second, '/syncs/resume', { mode: 'full', reason: 'morning' })).status, 200)
  await until(db, 'it goes on', sql`select status = 'settled' and fetched = 450 from tds_sync_runs where id = ${id}`)
})
