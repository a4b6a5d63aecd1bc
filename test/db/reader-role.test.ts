import t from 'tap'
import { createDatabase, type Db, migrate, sql, type Tx } from '../../db/index.ts'
import { type TestServer, testDatabase, testServer } from '../helpers/database.ts'

const denied = { code: '42501' }

/** What the role sees and may; nothing of it stays. */
const asReader = <Result>(db: Db, statement: string): Promise<Result> =>
  db.transaction().execute(async (tx: Tx) => {
    await sql`set local role tds_reader`.execute(tx)
    return (await sql.raw(statement).execute(tx)).rows as Result
  })

t.test('readers read the views and the mirrored tables, and nothing of the sync itself', async (t) => {
  const { db } = await testDatabase(t)
  const { rows } = await sql<{ name: string; isOurs: boolean }>`
    select relname as name, relname like 'tds\_%' as "isOurs" from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v')`.execute(db)
  t.ok(rows.some(({ isOurs }) => isOurs) && rows.some(({ isOurs }) => !isOurs))
  for (const { name, isOurs } of rows) {
    const read = asReader(db, `select * from ${name} limit 1`)
    await (isOurs ? t.rejects(read, denied, `${name} is closed`) : t.resolves(read, `${name} is open`))
  }
})

t.test('readers change nothing', async (t) => {
  const { db } = await testDatabase(t)
  await sql`insert into products (zoho_item_id, name) values ('1', 'Cable')`.execute(db)
  for (const statement of [
    `insert into products (zoho_item_id) values ('2')`,
    `update products set name = 'x'`,
    'delete from products',
    'truncate products',
    'drop view v_products_catalog',
  ])
    await t.rejects(asReader(db, statement), denied, statement)
  t.match(await asReader(db, 'select name, price from v_products_catalog'), [{ name: 'Cable', price: null }])
})

t.test('tables of others are not opened', async (t) => {
  const { db } = await testDatabase(t)
  await sql`create table of_the_erp (id int)`.execute(db)
  await sql`select tds_grant_reader()`.execute(db)
  await t.rejects(asReader(db, 'select * from of_the_erp'), denied)
})

t.test('a cluster without the role', async (t) => {
  const server = await testServer(t)
  await dropReader(server)

  await t.test('who may not create roles migrates all the same, and grants when the role is there', async (t) => {
    await sql`create role migrator login password 'migrator'`.execute(server.db)
    await sql`create database of_migrator owner migrator`.execute(server.db)
    const { db, close } = open(server, 'of_migrator', 'migrator')
    t.teardown(close)
    await migrate(db)
    t.strictSame(await readers(server.db), [])
    t.ok(await sql`select from v_products_catalog`.execute(db))
    await sql`create role tds_reader nologin`.execute(server.db)
    await sql`select tds_grant_reader()`.execute(db)
    const admin = open(server, 'of_migrator')
    t.teardown(admin.close)
    t.strictSame(await asReader(admin.db, 'select * from v_products_catalog'), [])
    await t.rejects(asReader(admin.db, 'select * from tds_zoho_token'), denied)
    await sql`drop owned by tds_reader`.execute(admin.db)
  })

  await t.test('databases that migrate at once make it together', async (t) => {
    await dropReader(server)
    const databases = ['first', 'second', 'third']
    for (const name of databases) await sql`create database ${sql.ref(name)}`.execute(server.db)
    const opened = databases.map((name) => open(server, name))
    t.teardown(() => Promise.all(opened.map(({ close }) => close())))
    await Promise.all(opened.map(({ db }) => migrate(db)))
    t.strictSame(await readers(server.db), [{ rolname: 'tds_reader', rolcanlogin: false }])
    for (const { db } of opened) t.strictSame(await asReader(db, 'select * from v_customer_balances'), [])
  })
})

async function dropReader({ db }: TestServer): Promise<void> {
  await sql`drop owned by tds_reader`.execute(db)
  await sql`drop role tds_reader`.execute(db)
}

async function readers(db: Db): Promise<unknown[]> {
  const { rows } = await sql`select rolname, rolcanlogin from pg_roles where rolname = 'tds_reader'`.execute(db)
  return rows
}

function open(server: TestServer, database: string, user?: string) {
  const url = Object.assign(
    new URL(server.connectionString),
    { pathname: `/${database}` },
    user && { username: user, password: user },
  )
  const options = { maxConnections: 2, statementTimeoutMs: 30_000, applicationName: 'tds-test' }
  return createDatabase({ ...options, connectionString: url.href })
}
