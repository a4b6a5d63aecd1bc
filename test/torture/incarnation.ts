import type { FastifyInstance } from 'fastify'
import { type Db, sql } from '../../db/index.ts'
import { buildApp } from '../../src/app.ts'
import { type Config, loadConfig } from '../../src/config.ts'
import { type Context, type ContextOptions, createContext } from '../../src/context.ts'
import { createLog } from '../../src/log.ts'
import type { Moment } from './gate.ts'
import { openGate } from './gate.ts'

/** One life of the service: it ends in order, or as SIGKILL ends it. */
export interface Incarnation {
  readonly ctx: Context
  readonly url: string
  readonly isDead: boolean
  /** Aborted when it is over: nobody waits for what a dead service was doing. */
  readonly signal: AbortSignal
  dieAt(requests: number, moment: Moment): void
  /** Cuts it off; resolves when the database has noticed. */
  kill(): Promise<void>
  /** Ends in order, or clears away what is left of a killed one. */
  stop(): Promise<void>
}

export interface IncarnationOptions {
  readonly env: Record<string, string>
  readonly database: string
  /** To the same database, around the gate. */
  readonly db: Db
  /** Shorter pauses towards Zoho. */
  readonly zohoTiming?: ContextOptions['zohoTiming']
  /** What no environment says. */
  readonly configure?: (config: Config) => Config
}

/** Starts the service behind a gate of its own, listening; nothing fires by itself. */
export async function bear({
  env,
  database,
  db,
  zohoTiming,
  configure = (config) => config,
}: IncarnationOptions): Promise<Incarnation> {
  const gate = await openGate(database)
  const over = new AbortController()
  const config = configure(loadConfig({ ...env, DATABASE_URL: gate.connectionString }))
  const log = createLog({ level: config.logLevel, pretty: false })
  const ctx = await createContext({ config, databaseUrl: gate.connectionString, log, version: 'torture', zohoTiming })
  const app = await buildApp(ctx)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  ctx.start({ holdTimetable: true })
  try {
    await ctx.ready()
  } catch (error) {
    await app.close()
    await ctx.stop()
    await gate.close()
    throw error
  }
  const session = `tds ${ctx.processId.slice(-8)}`

  return {
    ctx,
    url,
    get isDead() {
      return gate.isShut
    },
    signal: over.signal,
    dieAt: gate.arm,
    async kill() {
      gate.shut()
      over.abort()
      hangUp(app)
      await sessionsGone(db, session)
    },
    async stop() {
      over.abort()
      hangUp(app)
      await app.close()
      await ctx.stop()
      await gate.close()
    },
  }
}

function hangUp(app: FastifyInstance): void {
  app.server.close()
  app.server.closeAllConnections()
}

/** A statement that was under way may end and commit, as it may after SIGKILL; then the session is gone, and its locks. */
async function sessionsGone(db: Db, session: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const { rows } = await sql`
      select from pg_stat_activity where datname = current_database() and application_name = ${session}`.execute(db)
    if (rows.length === 0) return
    await sql`select pg_sleep(0.005)`.execute(db)
  }
  throw new Error('Sessions of a killed service are still there')
}
