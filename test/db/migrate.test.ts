import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { createDatabase, type Db, migrate, pendingMigrations, sql } from '../../db/index.ts'
import { emptyDatabase } from '../helpers/database.ts'

const run = promisify(execFile)
const statementTimeoutMs = 100

t.test('an empty database is brought to the newest migration, once', async (t) => {
  const { db } = await emptyDatabase(t)
  const names = await pendingMigrations(db)
  t.match(names[0], /^0001_/)
  const seen: string[] = []
  t.strictSame(await migrate(db, { log: (name) => seen.push(name) }), names)
  t.strictSame(seen, names)
  t.strictSame(await pendingMigrations(db), [])
  t.strictSame(await migrate(db), [], 'a second run has nothing to do')
})

t.test('of processes that migrate at once, one does the work and all succeed', async (t) => {
  const { connectionString, db } = await emptyDatabase(t)
  const all = await pendingMigrations(db)
  const program = fileURLToPath(new URL('./migrate-process.ts', import.meta.url))
  const outputs = await Promise.all([1, 2, 3].map(() => run(process.execPath, [program, connectionString])))
  const ran = outputs.map(({ stdout }) => JSON.parse(stdout)).filter((names) => names.length > 0)
  t.strictSame(ran, [all])
  t.strictSame(await pendingMigrations(db), [])
})

t.test('a migration that fails says its name and leaves the database as it was', async (t) => {
  const { db } = await emptyDatabase(t)
  const folder = migrations(t, {
    '0001_first': 'create table first (id int)',
    '0002_second': 'create table second (id int); create table first (id int)',
  })
  await t.rejects(migrate(db, { folder }), { message: 'migration 0002_second', cause: { code: '42P07' } })
  t.strictSame(await pendingMigrations(db, { folder }), ['0001_first', '0002_second'])
  t.strictSame(await tables(db), [])
})

t.test('a database that is newer than the code, or was migrated in another order, is refused', async (t) => {
  const { db } = await emptyDatabase(t)
  await migrate(db, { folder: migrations(t, { '0002_second': 'select 1' }) })
  await t.rejects(migrate(db, { folder: migrations(t, { '0003_third': 'select 1' }) }), {
    message: /does not know \(0002_second\): a newer TDS/,
  })
  await t.rejects(migrate(db, { folder: migrations(t, { '0001_first': 'select 1', '0002_second': 'select 1' }) }))
})

t.test('a file without "up" is refused, not passed over', async (t) => {
  const { db } = await emptyDatabase(t)
  const folder = t.testdir({ '0001_empty.ts': 'export const down = () => {}\n' })
  await t.rejects(migrate(db, { folder }), { cause: { message: /exports no function "up"/ } })
})

t.test('migrations may take longer than statements may, and only they', async (t) => {
  const { connectionString } = await emptyDatabase(t)
  const options = { maxConnections: 1, statementTimeoutMs, applicationName: 'tds-test' }
  const { db, close } = createDatabase({ ...options, connectionString })
  t.teardown(close)
  const slow = `select pg_sleep(${(3 * statementTimeoutMs) / 1000})`
  t.strictSame(await migrate(db, { folder: migrations(t, { '0001_slow': slow }) }), ['0001_slow'])
  await t.rejects(sql.raw(slow).execute(db), { code: '57014' })
})

/** A folder of migrations from their names and SQL. */
function migrations(t: Test, files: Record<string, string>): string {
  const module = (statement: string) =>
    `export const up = (db) => db.executeQuery({ sql: ${JSON.stringify(statement)}, parameters: [], query: { kind: 'RawNode' }, queryId: { queryId: '1' } })\n`
  return t.testdir(Object.fromEntries(Object.entries(files).map(([name, text]) => [`${name}.ts`, module(text)])))
}

async function tables(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like 'tds_migrations%'`.execute(db)
  return rows.map((row) => row.name)
}
