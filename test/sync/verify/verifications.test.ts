import t, { type Test } from 'tap'
import { sql } from '../../../db/index.ts'
import { loadEntities } from '../../../src/entities/index.ts'
import { TdsError } from '../../../src/errors.ts'
import { createLog } from '../../../src/log.ts'
import { enqueue } from '../../../src/queue/index.ts'
import { systemClock } from '../../../src/runtime/index.ts'
import { createVerifications, type Verify } from '../../../src/sync/index.ts'
import { testDatabase } from '../../helpers/database.ts'
import { until } from '../../helpers/service.ts'
import { calmZoho } from '../../monitor/fixture.ts'

const entities = await loadEntities()
const request = { entityTypes: ['warehouses'], trigger: 'api', actor: 'test' } as const

async function setUp(t: Test) {
  const { db, pool } = await testDatabase(t)
  const process = (run: Verify['run']) => {
    const verifications = createVerifications({
      db,
      pool,
      entities,
      enqueue,
      verify: { run },
      zoho: { state: async () => calmZoho },
      wake: () => {},
      processId: crypto.randomUUID(),
      clock: systemClock,
      log: createLog({ level: 'silent', pretty: false }),
    })
    t.teardown(() => verifications.close())
    return verifications
  }
  return { db, process }
}

/** Works until it is told to stop. */
const endless: Verify['run'] = ({ signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

t.test('what kept Zoho from being read is told, and whoever waits gets it', async (t) => {
  const { process } = await setUp(t)
  const { run, list } = process(() => Promise.reject(new TdsError('ZOHO_DAY_LIMIT', 'wait', 'The day is used up')))
  await t.rejects(run({ ...request, signal: new AbortController().signal }), { code: 'ZOHO_DAY_LIMIT' })
  t.match(await list({ limit: 5 }), {
    items: [{ state: 'failed', error_code: 'ZOHO_DAY_LIMIT', error_message: 'The day is used up', ok: null }],
  })
})

t.test('another process cannot begin one meanwhile, and can end it', async (t) => {
  const { db, process } = await setUp(t)
  const [here, there] = [process(endless), process(endless)]
  const { id } = await here.start(request)
  await t.rejects(there.start(request), { code: 'VERIFY_RUNNING', status: 409, message: new RegExp(id) })
  t.match(await there.get(id), { state: 'running' }, 'it does not look left behind')
  await there.cancel(id, { actor: 'key b', reason: 'enough' })
  await until(db, 'it has ended', sql`select state = 'cancelled' from tds_verify_runs where id = ${id}::uuid`)
  const { rows } = await sql`select action, actor, reason from tds_audit_trail order by id`.execute(db)
  t.same(rows, [
    { action: 'verify.start', actor: 'test', reason: null },
    { action: 'verify.cancel', actor: 'key b', reason: 'enough' },
  ])
})

t.test('one whose session is cut off stops, is aborted, and gives the turn away', async (t) => {
  const { db, process } = await setUp(t)
  const [here, there] = [process(endless), process(endless)]
  const { id } = await here.start(request)
  await sql`
    select pg_terminate_backend(pid) from pg_locks
    where locktype = 'advisory' and classid = 32 and objsubid = 2
      and database = (select oid from pg_database where datname = current_database())`.execute(db)
  await until(db, 'it is aborted', sql`select state = 'aborted' from tds_verify_runs where id = ${id}::uuid`)
  t.match(await there.start(request), { state: 'running' })
})

t.test('a large repair is done in parts, and one that is cancelled ends between them', async (t) => {
  const { db, process } = await setUp(t)
  const report = { ok: false, calls: 0, entities: [] }
  const { run, repairs } = process(async () => report)
  const { run: done } = await run({ ...request, signal: new AbortController().signal })
  await sql`
    insert into tds_verify_differences (run_id, entity_type, source_entity_id, kind)
    select ${done.id}::uuid, 'warehouses', 'none' || n, 'missing' from generate_series(1, 1200) n`.execute(db)
  const by = { actor: 'key c', reason: 'too many' }
  const queued = async () => (await sql`select from tds_sync_queue_live`.execute(db)).rows.length
  const preview = await repairs.request({ runId: done.id, dryRun: true, ...by })
  t.match(preview, { count: 1200, estimate: { calls: Number } })
  const { batch_id, state } = await repairs.request({
    runId: done.id,
    dryRun: false,
    ...by,
    ...(preview.preview_id && { previewId: preview.preview_id }),
  })
  t.equal(state, 'running')
  t.equal(await repairs.advance(), true)
  t.equal(await queued(), 500)
  t.match(await repairs.cancel(batch_id ?? '', by), {
    state: 'cancelled',
    done: 500,
    total: 1200,
    cancelled_by: 'key c',
  })
  t.equal(await repairs.advance(), false)
  t.equal(await queued(), 500, 'what was enqueued stays so')
  await t.rejects(repairs.cancel(batch_id ?? '', by), { code: 'REPAIR_NOT_RUNNING' })
  const { rows } =
    await sql`select action, affected from tds_audit_trail where action like 'verify.repair%' order by id`.execute(db)
  t.same(rows, [
    { action: 'verify.repair', affected: 1200 },
    { action: 'verify.repair_cancel', affected: 700 },
  ])
})
