import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { createDatabase, migrate } from '../../db/index.ts'
import { migrationsFolder } from '../../db/migrate.ts'
import { isAlive } from './test-server.ts'

/** Any number that nothing else locks in the maintenance database. */
const templateLock = 7_463_901
const templatesKept = 3

/** By server: a test may have one of its own beside the shared one. */
const templates = new Map<string, Promise<string>>()
let created = 0

/** A new database, a copy of the migrated template. @returns its URL */
export async function cloneTemplate(server: string): Promise<string> {
  const template = templates.get(server) ?? ensureTemplate(server)
  templates.set(server, template)
  return create(server, await template)
}

/** A new database, a copy of another that nobody is connected to. @returns its URL */
export function cloneDatabase(server: string, url: string): Promise<string> {
  return create(server, new URL(url).pathname.slice(1))
}

/** A new database without any table. @returns its URL */
export function createEmpty(server: string): Promise<string> {
  return create(server, 'template1')
}

async function create(server: string, from: string): Promise<string> {
  created += 1
  const name = `tds_test_${process.pid}_${created}`
  await query(server, `create database ${name} template ${from}`)
  return urlOf(server, name)
}

/** Drops the database of this URL, also while connections to it are open. */
export async function dropDatabase(server: string, url: string): Promise<void> {
  await query(server, `drop database if exists ${new URL(url).pathname.slice(1)} with (force)`)
}

/** Made once for each state of the migrations, whoever comes first; the others wait. What killed tests left goes, too. */
async function ensureTemplate(server: string): Promise<string> {
  const name = `tds_template_${await migrationsHash()}`
  await withClient(server, async (client) => {
    await client.query('select pg_advisory_lock($1)', [templateLock])
    const { rows } = await client.query<{ datname: string }>(
      "select datname from pg_database where datname like 'tds_te%' order by oid desc",
    )
    const names = rows.map((row) => row.datname)
    if (!names.includes(name)) await makeTemplate(client, server, name)
    for (const each of leftovers(names, name)) await client.query(`drop database if exists ${each} with (force)`)
  })
  return name
}

/** Under another name first, so that a half-migrated database is never cloned. */
async function makeTemplate(client: pg.Client, server: string, name: string): Promise<void> {
  const unfinished = `${name}_new`
  await client.query(`drop database if exists ${unfinished} with (force)`)
  await client.query(`create database ${unfinished}`)
  const options = { maxConnections: 2, statementTimeoutMs: 0, applicationName: 'tds-test-template' }
  const { db, close } = createDatabase({ ...options, connectionString: urlOf(server, unfinished) })
  try {
    await migrate(db)
  } finally {
    await close()
  }
  await client.query(`alter database ${unfinished} rename to ${name}`)
}

function leftovers(names: readonly string[], current: string): string[] {
  const databases = names.filter((name) => name.startsWith('tds_test_') && !isAlive(Number(name.split('_')[2])))
  const templates = names.filter((name) => name.startsWith('tds_template_') && name !== current)
  return [...databases, ...templates.slice(templatesKept)]
}

async function migrationsHash(): Promise<string> {
  const hash = createHash('sha256')
  for (const file of (await readdir(migrationsFolder)).toSorted()) {
    hash.update(file).update(await readFile(join(migrationsFolder, file)))
  }
  return hash.digest('hex').slice(0, 12)
}

function urlOf(server: string, database: string): string {
  return Object.assign(new URL(server), { pathname: `/${database}` }).href
}

async function query(server: string, statement: string): Promise<void> {
  await withClient(server, (client) => client.query(statement))
}

async function withClient(server: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: server, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
