import { openDatabaseServer, withLocalKeys } from '../../src/cli/index.ts'
import { type Config, type Environment, loadConfig } from '../../src/config.ts'
import { errorCode } from '../../src/errors.ts'
import { createLog } from '../../src/log.ts'
import { type Service, startService } from '../../src/service.ts'
import { readVersion } from '../../src/version.ts'
import { createSimulator, type Simulator } from '../simulator/index.ts'
import { demoEnvironment } from './environment.ts'
import type { DemoOptions } from './options.ts'

/** The instant the simulated history counts back from. */
export const anchor = new Date('2025-10-01T00:00:00Z')

export interface Running {
  readonly config: Config
  /** What the configuration was read from. */
  readonly environment: Environment
  readonly databaseUrl: string
  readonly simulator: Simulator
  readonly service: Service
}

/** Simulator, database and TDS, in this process; what was started is handed to `later` to be stopped in reverse. */
export async function start(
  options: DemoOptions,
  outside: Environment,
  later: (stop: () => Promise<void>) => void,
): Promise<Running> {
  const simulator = await createSimulator({
    seed: 1,
    anchor: anchor.toISOString(),
    limits: options.realLimits ? 'real' : 'relaxed',
    ...(options.items !== undefined && { items: options.items }),
  })
  later(simulator.close)
  const environment = demoEnvironment(outside, simulator, options.realLimits)
  const { config } = await withLocalKeys(loadConfig(environment))
  const log = createLog({ level: config.logLevel, pretty: process.stderr.isTTY === true, stream: 'stderr' })
  const database = await openDatabaseServer(config, (line) => console.log(line))
  later(database.stop)
  const start = (port: number) =>
    readVersion().then((version) =>
      startService({ config: { ...config, port }, databaseUrl: database.url, log, version, holdTimetable: true }),
    )
  const service = await start(config.port).catch((error: unknown) => {
    // The default port may well be taken; one that was asked for may not.
    if (errorCode(error) !== 'PORT_IN_USE' || outside.PORT) throw error
    return start(0)
  })
  later(service.stop)
  return { config, environment, databaseUrl: database.url, simulator, service }
}
