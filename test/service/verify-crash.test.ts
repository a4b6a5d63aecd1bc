import t from 'tap'
import { sql } from '../../db/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { serveProcess } from '../helpers/process.ts'
import { environmentFor, secrets, until } from '../helpers/service.ts'
import { createSimulator } from '../simulator/index.ts'

t.test('a comparison whose process is killed is marked aborted by the next start, and another may run', async (t) => {
  const simulator = await createSimulator({ items: 20, limits: 'relaxed' })
  t.teardown(() => simulator.close())
  const { db, connectionString } = await testDatabase(t)
  const env = environmentFor(simulator, t.testdir(), { DATABASE_URL: connectionString })
  const headers = { authorization: `Bearer ${secrets.admin}`, 'content-type': 'application/json' }
  const begin = (url: string) =>
    fetch(`${url}/api/tds/verify`, { method: 'POST', headers, body: JSON.stringify({ entities: ['warehouses'] }) })

  const first = await serveProcess(t, env)
  await until(db, 'the first process is ready', sql`select exists (select from tds_processes)`)
  simulator.control.faults.set({ kind: 'hold', path: '/inventory/v1/locations' })
  const reply = await begin(first.url)
  t.equal(reply.status, 202)
  const { id } = (await reply.json()) as { id: string }
  await first.kill()
  simulator.control.faults.clear()
  t.match(
    (await sql`select state from tds_verify_runs`.execute(db)).rows,
    [{ state: 'running' }],
    'it had no time to say anything',
  )

  const second = await serveProcess(t, env)
  await until(
    db,
    'the next start has seen it',
    sql`select state = 'aborted' from tds_verify_runs where id = ${id}::uuid`,
  )
  const seen = await fetch(`${second.url}/api/tds/verify/${id}`, { headers })
  t.match(await seen.json(), {
    state: 'aborted',
    error_code: 'VERIFY_ABORTED',
    finished_at: String,
    ok: null,
    report: [],
  })
  const next = await begin(second.url)
  t.equal(next.status, 202)
  const { id: nextId } = (await next.json()) as { id: string }
  await until(db, 'the next one is done', sql`select state = 'done' from tds_verify_runs where id = ${nextId}::uuid`)

  simulator.control.faults.set({ kind: 'hold', path: '/inventory/v1/locations' })
  const third = (await (await begin(second.url)).json()) as { id: string }
  await second.stop()
  const { rows } = await sql`select state, error_message from tds_verify_runs where id = ${third.id}::uuid`.execute(db)
  t.match(rows, [{ state: 'aborted', error_message: 'The service stopped' }], 'an orderly stop says so itself')
})
