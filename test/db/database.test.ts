import { createServer, connect as openSocket, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { createDatabase, type Db, isConnectionError, parseJsonDigits, sql } from '../../db/index.ts'
import { testDatabase, testServer } from '../helpers/database.ts'

const options = { maxConnections: 2, statementTimeoutMs: 10_000, applicationName: 'tds-test' }

t.test('values arrive as they are in the database', async (t) => {
  const { db } = await testDatabase(t)
  const { rows } = await sql<Record<string, unknown>>`
    select 9007199254740991::bigint as safe, array[1, null, 2]::bigint[] as many, count(*) as counted,
      12345678901234567.10::numeric as amount, array[1.10, 2.20]::numeric[] as amounts, '2026-03-01'::date as day,
      '2026-03-01 10:00+03'::timestamptz as instant, '2026-03-01 10:00'::timestamp as without_zone,
      array['a', null] as words, null::bigint as nothing
    from generate_series(1, 3)`.execute(db)
  t.strictSame(rows, [
    {
      safe: 9007199254740991,
      many: [1, null, 2],
      counted: 3,
      amount: '12345678901234567.10',
      amounts: ['1.10', '2.20'],
      day: '2026-03-01',
      instant: new Date('2026-03-01T07:00:00Z'),
      without_zone: '2026-03-01 10:00:00',
      words: ['a', null],
      nothing: null,
    },
  ])
})

t.test('a bigint that a number cannot hold is an error, never a rounded value', async (t) => {
  const { db } = await testDatabase(t)
  await t.rejects(sql`select 9007199254740993::bigint as unsafe`.execute(db), { name: 'RangeError' })
  const { rows } = await sql`select 1 as alive`.execute(db)
  t.strictSame(rows, [{ alive: 1 }], 'the connection is of use afterwards')
})

t.test('JSON keeps its digits on the way into the database and out of it', async (t) => {
  const { db } = await testDatabase(t)
  const text = '{"id":12345678901234567890,"price":1.10,"half":0.5,"few":[1,2.50,1e400],"minus":-0}'
  const parsed = parseJsonDigits(text)
  t.equal(JSON.stringify(parsed), text)
  t.match(parsed, { half: 0.5 }, 'what a number holds exactly is a number')
  await sql`create table kept (document jsonb, raw json)`.execute(db)
  await sql`insert into kept values (${JSON.stringify(parsed)}, ${parsed})`.execute(db)
  const { rows } = await sql<{ document: unknown; raw: unknown }>`select * from kept`.execute(db)
  t.equal(JSON.stringify(rows[0]?.raw), text)
  const { id, price } = Object(rows[0]?.document)
  t.equal(JSON.stringify([id, price]), '[12345678901234567890,1.10]')
})

t.test('the types of columns follow the schema', async (t) => {
  const { db } = await testDatabase(t)
  await db
    .insertInto('tds_configuration')
    .values({ key: 'threshold', value: JSON.stringify([1.5]) })
    .execute()
  const row = await db.selectFrom('tds_configuration').selectAll().executeTakeFirstOrThrow()
  const at: Date = row.updated_at
  t.type(at, Date)
  t.strictSame(row.value, [1.5])
})

t.test('a lost server is a connection error in every form, and the pool finds it again', async (t) => {
  const server = await testServer(t)
  const lost: Error[] = []
  const { db, close } = createDatabase({
    ...options,
    connectionString: server.connectionString,
    onError: (error) => lost.push(error),
  })
  t.teardown(close)
  await sql`select 1`.execute(db)
  const running = failureOf(sql`select pg_sleep(60)`.execute(server.db))
  await waitForSleep(db)
  await server.stop()
  t.ok(isConnectionError(await running), 'in the middle of a query')
  t.ok(isConnectionError(await failureOf(sql`select 1`.execute(db))), 'refused')
  t.ok(lost.every(isConnectionError) && lost.length > 0, 'an idle connection is reported and ends no process')
  await server.start()
  t.strictSame((await sql`select 1 as back`.execute(db)).rows, [{ back: 1 }])

  const crashing = failureOf(sql`select pg_sleep(60)`.execute(server.db))
  await waitForSleep(db)
  await server.crash()
  t.ok(isConnectionError(await crashing), 'a crash')
})

t.test('other errors are no connection errors', async (t) => {
  const { db } = await testDatabase(t)
  for (const statement of [sql`select nothing`, sql`select 1 / 0`, sql`select pg_cancel_backend(pg_backend_pid())`]) {
    const error = await failureOf(statement.execute(db))
    t.type(error, Error)
    t.notOk(isConnectionError(error))
  }
  t.notOk(isConnectionError(new Error('Connection to the printer terminated')))
  t.notOk(isConnectionError('ECONNRESET'))
  t.ok(isConnectionError(new Error('wrapped', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) })))
})

t.test('a pool without a free connection is a connection error after two seconds', async (t) => {
  const { connectionString } = await testDatabase(t)
  const { db, close } = createDatabase({ ...options, connectionString, maxConnections: 1 })
  t.teardown(close)
  const failure = await db.connection().execute(() => failureOf(sql`select 1`.execute(db)))
  t.ok(isConnectionError(failure))
})

t.test('a database that falls silent ends the query, and a new connection takes over', async (t) => {
  const { connectionString } = await testDatabase(t)
  const proxy = await silencingProxy(t, new URL(connectionString))
  const { db, close } = createDatabase({ ...options, connectionString: proxy.url, statementTimeoutMs: 100 })
  t.teardown(close)
  await sql`select 1`.execute(db)
  proxy.silence()
  t.ok(isConnectionError(await failureOf(sql`select 1`.execute(db))))
  t.strictSame((await sql`select 1 as back`.execute(db)).rows, [{ back: 1 }])
})

function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

async function waitForSleep(db: Db): Promise<void> {
  const query = sql`select from pg_stat_activity where query like '%pg_sleep(60)' and wait_event = 'PgSleep'`
  while ((await query.execute(db)).rows.length === 0);
}

/** Passes bytes on until told to keep those of the connections it has by then. */
async function silencingProxy(t: Test, target: URL): Promise<{ url: string; silence: () => void }> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = openSocket(Number(target.port), target.hostname)
    for (const socket of [near, far]) socket.on('error', () => near.destroy())
    near.pipe(far).pipe(near)
    sockets.add(far)
    near.on('close', () => far.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  const url = new URL(target)
  url.port = String(typeof address === 'object' ? address?.port : '')
  return { url: url.href, silence: () => sockets.forEach((socket) => void socket.unpipe().pause()) }
}
