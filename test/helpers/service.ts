import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { buildApp } from '../../src/app.ts'
import { type Config, loadConfig } from '../../src/config.ts'
import { type Context, createContext } from '../../src/context.ts'
import { createLog } from '../../src/log.ts'
import type { Clock } from '../../src/runtime/index.ts'
import type { Mode, Run, RunRequest } from '../../src/sync/index.ts'
import { createSimulator, type Simulator, type SimulatorOptions } from '../simulator/index.ts'
import { testDatabase } from './database.ts'
import { environmentFor, secrets } from './environment.ts'

export { environmentFor, secrets }

export interface Service {
  readonly simulator: Simulator
  readonly ctx: Context
  readonly app: FastifyInstance
  readonly url: string
  readonly db: Db
  readonly config: Config
  /** One run of one entity, to its end. */
  sync(mode: Mode, entityType: string, more?: Partial<RunRequest>): Promise<Run>
  /** Warehouses, categories, products, stock and pictures, in order. */
  syncAll(): Promise<Run[]>
  /** Resolves when nothing is left in the queue and every event is promoted. */
  quiet(): Promise<void>
}

export interface ServiceOptions {
  readonly simulator?: SimulatorOptions
  readonly env?: Record<string, string>
  /** @default the machine's */
  readonly clock?: Clock
  /** Where the service finds its database; the test itself goes to it directly. */
  readonly way?: (databaseUrl: string) => Promise<string>
  /** Before the service starts. */
  readonly prepare?: (db: Db, simulator: Simulator) => Promise<void>
}

/** The whole service over a real database and the simulator, listening on 127.0.0.1, stopped when the test ends. */
export async function startService(t: Test, options: ServiceOptions = {}): Promise<Service> {
  const simulator = await createSimulator({ items: 60, limits: 'relaxed', ...options.simulator })
  t.teardown(() => simulator.close())
  const database = await testDatabase(t)
  await options.prepare?.(database.db, simulator)
  const databaseUrl = (await options.way?.(database.connectionString)) ?? database.connectionString
  const dataDir = await mkdtemp(join(tmpdir(), 'tds-service-'))
  t.teardown(() => rm(dataDir, { recursive: true, force: true }))
  const config = loadConfig(environmentFor(simulator, dataDir, { DATABASE_URL: databaseUrl, ...options.env }))
  const ctx = await createContext({
    config,
    databaseUrl,
    log: createLog({ level: config.logLevel, pretty: false }),
    version: 'test',
    ...(options.clock && { clock: options.clock }),
  })
  t.teardown(() => ctx.stop())
  const app = await buildApp(ctx)
  t.teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  ctx.start()
  await ctx.ready()
  await ctx.zoho.organization()
  const sync: Service['sync'] = (mode, entityType, more) =>
    ctx.sync.run({ entityType, mode, trigger: 'test', ...more }, { signal: AbortSignal.timeout(60_000) })
  return {
    simulator,
    ctx,
    app,
    url,
    db: database.db,
    config,
    sync,
    async syncAll() {
      const runs: Run[] = []
      for (const { name } of ctx.entities.list()) runs.push(await sync('full', name))
      return runs
    },
    quiet: () =>
      until(
        database.db,
        'the queue is empty',
        sql`select not exists (select from tds_sync_queue_live) and not exists (select from tds_inbox_events where status = 'received')`,
      ),
  }
}

/** Waits inside the database until the condition, a select of one boolean, holds. */
export async function until(
  db: Db,
  what: string,
  condition: ReturnType<typeof sql>,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (Date.now() < deadline) {
    const { rows } = await sql<Record<string, boolean>>`${condition}`.execute(db)
    if (Object.values(rows[0] ?? {})[0]) return
    await sql`select pg_sleep(0.02)`.execute(db)
  }
  throw new Error(`Waited ${timeoutMs} ms in vain until ${what}`)
}
