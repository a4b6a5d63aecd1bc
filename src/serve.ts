import closeWithGrace from 'close-with-grace'
import { defineCommand, openDatabaseServer, type Terminal, withLocalKeys } from './cli/index.ts'
import { loadConfig } from './config.ts'
import { errorMessage } from './errors.ts'
import { createLog } from './log.ts'
import { type Service, startService } from './service.ts'
import { readVersion } from './version.ts'

/** Within this time after the drain everything in hand must have ended. */
const graceMs = 30_000

export const serve = defineCommand({
  name: 'serve',
  summary: 'the service: webhooks, images, API, workers and timetable',
  usage: '',
  about: 'Without DATABASE_URL, and outside production, it starts the embedded PostgreSQL below TDS_DATA_DIR.',
  options: {},
  run: run,
})

/** Runs until a signal, an uncaught error or a database that is not ours ends the process. */
async function run({ env }: Terminal): Promise<number> {
  const { config, file } = await withLocalKeys(loadConfig(env))
  const log = createLog({ level: config.logLevel, pretty: process.stdout.isTTY === true })
  if (file) log.info({ file }, 'no keys are configured; random ones are in the file')
  const closing: { service?: Service; stopDatabase?: () => Promise<void>; fault?: unknown } = {}
  const grace = closeWithGrace({ delay: graceMs + config.drainMs, logger: log }, async ({ signal, err }) => {
    if (err) log.fatal({ err }, 'uncaught error; the process ends')
    else log.info({ signal }, 'stopping')
    await closing.service?.stop()
    await closing.stopDatabase?.()
    // close-with-grace ends with 0 unless something threw; a start that failed is not a stop in order.
    if (closing.fault) process.exit(1)
  })
  const fail = (error: unknown) => {
    closing.fault = error
    log.fatal({ err: error }, errorMessage(error))
    grace.close()
  }
  try {
    const database = await openDatabaseServer(config, (line) => log.info(line))
    closing.stopDatabase = database.stop
    const version = await readVersion()
    const service = await startService({ config, databaseUrl: database.url, log, version })
    closing.service = service
    log.info({ url: service.url, version }, `TDS listens on ${service.url}`)
    service.ctx.ready().then(() => log.info('the database is ready'), fail)
  } catch (error) {
    fail(error)
  }
  return new Promise(() => {})
}
