import { createDatabase, migrate } from '../../db/index.ts'

/** Migrates the database of the given URL and prints the names of the migrations it ran. */
const [connectionString = ''] = process.argv.slice(2)
const options = { maxConnections: 2, statementTimeoutMs: 10_000, applicationName: 'tds-migrate' }
const { db, close } = createDatabase({ ...options, connectionString })
console.log(JSON.stringify(await migrate(db)))
await close()
