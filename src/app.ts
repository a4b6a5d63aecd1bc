import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { type RoutesContext, routes } from '../routes/index.ts'
import type { Config } from './config.ts'
import type { Lockout } from './keys/index.ts'
import type { Logger } from './log.ts'
import type { Metrics } from './monitor/index.ts'
import {
  answerClientError,
  answerExpectation,
  collectContract,
  doors,
  identification,
  offerRateLimits,
  problems,
  requestId,
  requestLog,
  requestMetrics,
  securityHeaders,
  sendProblem,
} from './plugins/index.ts'

/** What the HTTP side needs of the composition root; nothing of it has to be running when the app is built. */
export type AppContext = RoutesContext & {
  readonly config: Pick<Config, 'trustProxy' | 'publicUrl' | 'webhook'>
  readonly log: Logger
  readonly metrics: Pick<Metrics, 'request'>
  readonly lockout: Lockout
}

export interface AppOptions {
  /** Requests a key may make a minute. @default 1200 */
  readonly adminPerMinute?: number
}

const MIB = 1024 * 1024

/** The whole HTTP side, ready to be listened with or injected into. It asks the database for nothing while it is built. */
export async function buildApp(ctx: AppContext, { adminPerMinute = 1200 }: AppOptions = {}): Promise<FastifyInstance> {
  const { config, log, keys, lockout } = ctx
  const app = createServer(config, log)
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  await app.register(doors)
  await app.register(requestLog)
  await app.register(requestMetrics, { observe: ctx.metrics.request })
  await app.register(problems, { publicUrl: config.publicUrl })
  await securityHeaders(app, { publicUrl: config.publicUrl })
  await offerRateLimits(app)
  await app.register(identification, { keys, lockout })
  await collectContract(app, { version: ctx.version })
  await app.register(routes, { ctx, adminPerMinute })
  await app.ready()
  return app
}

function createServer({ trustProxy, publicUrl }: AppContext['config'], log: Logger): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestId,
    trustProxy,
    bodyLimit: MIB,
    // A handler that hangs is answered for; a peer that does not finish its request or its headers is let go.
    handlerTimeout: 30_000,
    requestTimeout: 60_000,
    http: { requireHostHeader: false },
    // What arrives while the server closes is still served: nothing else stops before it has closed.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => sendProblem(error, request, reply),
    clientErrorHandler: (error, socket) => answerClientError(error, socket, publicUrl),
  })
  app.server.on('checkExpectation', (_request, response) => answerExpectation(response, publicUrl))
  return app
}
