import { buildApp } from './app.ts'
import type { Config } from './config.ts'
import { type Context, createContext } from './context.ts'
import { errorCode, TdsError } from './errors.ts'
import type { Logger } from './log.ts'

/** Between two requests of a busy client; one who waits longer finds a connection that ended while it was idle. */
const farewellMs = 250

export interface ServiceOptions {
  readonly config: Config
  readonly databaseUrl: string
  readonly log: Logger
  readonly version: string
  /** Nothing fires by itself until `ctx.scheduler.start()`. @default false */
  readonly holdTimetable?: boolean
}

export interface Service {
  readonly ctx: Context
  /** Where it listens. */
  readonly url: string
  /** Not ready; requests in hand are answered; then everything behind them stops. Safe to call twice. */
  stop(): Promise<void>
}

/**
 * Context, HTTP side and background work together. It listens before the database was reached: live, images and
 * webhooks do without.
 * @throws TdsError `PORT_IN_USE`
 */
export async function startService({
  config,
  databaseUrl,
  log,
  version,
  holdTimetable = false,
}: ServiceOptions): Promise<Service> {
  const ctx = await createContext({ config, databaseUrl, log, version })
  const app = await buildApp(ctx)
  let leaving = false
  // Whoever keeps his connection hears with his next reply that it ends, and sends nothing into a closed one.
  app.server.prependListener('request', (_request, reply) => {
    if (leaving) reply.setHeader('connection', 'close')
  })
  try {
    const url = await app.listen({ host: config.host, port: config.port })
    ctx.start({ holdTimetable })
    let stopping: Promise<void> | undefined
    return { ctx, url, stop: () => (stopping ??= drain().then(stop)) }
  } catch (error) {
    await stop()
    if (errorCode(error) !== 'EADDRINUSE') throw error
    throw new TdsError('PORT_IN_USE', 'permanent', `Port ${config.port} is taken; PORT names another`, { cause: error })
  }

  /** Whoever balances load asks now and then: until it has heard that this instance is not ready, it still sends requests. */
  async function drain(): Promise<void> {
    ctx.retire()
    leaving = true
    await ctx.clock.sleep(Math.max(config.drainMs, farewellMs))
  }

  async function stop(): Promise<void> {
    ctx.retire()
    // A connection whose last request ended after the close began would stay open for its keep-alive time.
    const sweep = setInterval(() => app.server.closeIdleConnections(), 50)
    await app.close().finally(() => clearInterval(sweep))
    await ctx.stop()
  }
}
