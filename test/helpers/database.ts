import t, { type Test } from 'tap'
import { createDatabase, migrate, type OpenDatabase } from '../../db/index.ts'
import { cloneTemplate, createEmpty, dropDatabase } from './template.ts'
import { privateServer, startSharedServer } from './test-server.ts'

export interface TestDatabase extends OpenDatabase {
  /** For a process or a second pool over the same database. */
  readonly connectionString: string
  /** The server's maintenance database; other tests use the same server, so stop nothing there. */
  readonly server: { readonly connectionString: string }
}

export interface TestServer extends OpenDatabase {
  readonly connectionString: string
  /** Ends open connections in order, as an administrator does. */
  stop(): Promise<void>
  /** Ends at once, as a crash does. */
  crash(): Promise<void>
  /** After `stop` or `crash`, on the same port. Resolves when it answers. */
  start(): Promise<void>
}

let shared: Promise<string> | undefined

const pool = { maxConnections: 10, statementTimeoutMs: 30_000, applicationName: 'tds-test' }

/** A migrated, empty database of its own for this test, dropped when the test ends. Takes about 50 ms. */
export async function testDatabase(t: Test): Promise<TestDatabase> {
  const server = await sharedServer()
  return openFor(t, server, await cloneTemplate(server))
}

/** A database without any table, for tests of what makes them. */
export async function emptyDatabase(t: Test): Promise<TestDatabase> {
  const server = await sharedServer()
  return openFor(t, server, await createEmpty(server))
}

/**
 * The maintenance URL of the server all test files share. `npm test` starts it once and names it in TEST_DATABASE_SERVER;
 * a file run alone starts it, or adopts the one that runs, and the last file that leaves stops it.
 */
export function sharedServer(): Promise<string> {
  const given = process.env.TEST_DATABASE_SERVER
  shared ??= given ? Promise.resolve(given) : startForThisFile()
  return shared
}

async function startForThisFile(): Promise<string> {
  const { server, url } = await startSharedServer()
  t.teardown(() => server.stop())
  return url
}

function openFor(t: Test, server: string, connectionString: string): TestDatabase {
  const open = createDatabase({ ...pool, connectionString })
  t.teardown(async () => {
    await open.close()
    await dropDatabase(server, connectionString)
  })
  return { ...open, connectionString, server: { connectionString: server } }
}

/** A migrated PostgreSQL server of its own for a test that takes the database away. Takes about a second. */
export async function testServer(t: Test): Promise<TestServer> {
  const server = await privateServer()
  const { connectionString } = server
  const open = createDatabase({ ...pool, connectionString })
  t.teardown(async () => {
    await open.close()
    await server.destroy()
  })
  await migrate(open.db)
  const { halt, start } = server
  return { ...open, connectionString, start, stop: () => halt('fast'), crash: () => halt('immediate') }
}
