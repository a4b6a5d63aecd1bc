import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { AnyDb } from './any-db.ts'

/** The folder of this project's migrations: one file each, named `0001_subject.ts`, run in the order of their names. */
export const migrationsFolder: string = fileURLToPath(new URL('./migrations/', import.meta.url))

const migrationTable = 'tds_migrations'

export interface MigrateOptions {
  /** Called with the name of each migration that was run. */
  readonly log?: (name: string) => void
  /** @default migrationsFolder */
  readonly folder?: string
}

/**
 * Brings the database forward to the newest migration; all of them in one transaction, so a failure changes nothing.
 * Two processes at once are safe: an advisory lock lets one work and shows the other that nothing is left to do.
 * @returns the names of the migrations run, none if the database was up to date
 * @throws what the failed migration threw, with its name
 */
export async function migrate(db: AnyDb, { log, folder }: MigrateOptions = {}): Promise<string[]> {
  await refuseNewer(db, folder)
  const { error, results = [] } = await migrator(db, folder).migrateToLatest()
  const failed = results.find((result) => result.status === 'Error')
  if (error !== undefined) throw new Error(`migration ${failed?.migrationName ?? 'could not start'}`, { cause: error })
  const names = results.map((result) => result.migrationName)
  for (const name of names) log?.(name)
  return names
}

/** @throws in words, when a newer version has been here: what it changed is unknown to this one */
async function refuseNewer(db: AnyDb, folder = migrationsFolder): Promise<void> {
  const known = (await filesIn(folder)).map(nameOf)
  const { rows } = await sql<{ name: string }>`
    select name from ${sql.table(migrationTable)} order by name`
    .execute(db)
    .catch(nothingIfMissing)
  const foreign = rows.map(({ name }) => name).filter((name) => !known.includes(name))
  if (foreign.length > 0)
    throw new Error(
      `the database holds migrations that this version does not know (${foreign.join(', ')}): a newer TDS has changed it; start that version, or restore the backup from before it`,
    )
}

/** Before the first migration there is no table of them. */
function nothingIfMissing(error: unknown): { rows: { name: string }[] } {
  if (error instanceof Error && 'code' in error && error.code === '42P01') return { rows: [] }
  throw error
}

/** Names of the migrations this code has and the database has not. */
export async function pendingMigrations(db: AnyDb, { folder }: MigrateOptions = {}): Promise<string[]> {
  const migrations = await migrator(db, folder).getMigrations()
  return migrations.filter((each) => each.executedAt === undefined).map((each) => each.name)
}

function migrator(db: AnyDb, folder = migrationsFolder): Migrator {
  return new Migrator({
    db,
    provider: { getMigrations: () => readMigrations(folder) },
    migrationTableName: migrationTable,
    migrationLockTableName: 'tds_migrations_lock',
  })
}

async function readMigrations(folder: string): Promise<Record<string, Migration>> {
  const files = await filesIn(folder)
  const loaded = files.map(async (file): Promise<[string, Migration]> => {
    const module: { up?: unknown; default?: { up?: unknown } } = await import(pathToFileURL(join(folder, file)).href)
    const up = module.up ?? module.default?.up
    if (typeof up !== 'function') throw new Error(`${join(folder, file)} exports no function "up"`)
    return [nameOf(file), { up: (db) => up(db) }]
  })
  return Object.fromEntries(await Promise.all(loaded))
}

const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.ts')).toSorted()

const nameOf = (file: string): string => file.slice(0, -'.ts'.length)
