import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { AnyDb } from './any-db.ts'
import { createDatabase } from './database.ts'
import { startEmbedded } from './embedded.ts'
import { introspect } from './introspect.ts'
import { migrate } from './migrate.ts'

const root = fileURLToPath(new URL('../', import.meta.url))

/** The text of db/schema.ts for a migrated database. */
export async function renderSchema(db: AnyDb): Promise<string> {
  const schema = await introspect(db)
  return format(`// Written by "npm run schema" from the migrations; do not edit.
import type { DatabaseOf } from './schema-types.ts'

/** What the migrations make; \`schemaDifferences\` compares a live database with it. */
export const expectedSchema = ${JSON.stringify(schema, undefined, 2)} as const

export type Database = DatabaseOf<typeof expectedSchema>
`)
}

async function main(): Promise<void> {
  const server = await startEmbedded({ dataDir: `${root}.tds/schema-${process.pid}`, fast: true })
  const options = { maxConnections: 2, statementTimeoutMs: 0, applicationName: 'tds-schema' }
  const { db, close } = createDatabase({ connectionString: server.connectionString, ...options })
  try {
    await migrate(db)
    await writeFile(`${root}db/schema.ts`, await renderSchema(db))
  } finally {
    await close()
    await server.destroy()
  }
}

async function format(source: string): Promise<string> {
  const biome = spawn('biome', ['format', '--stdin-file-path=db/schema.ts'], {
    cwd: root,
    env: { PATH: `${root}node_modules/.bin:/usr/bin:/bin` },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  biome.stdin.end(source)
  const formatted = await text(biome.stdout)
  if (formatted === '') throw new Error('biome gave no output for db/schema.ts')
  return formatted
}

if (import.meta.main) await main()
