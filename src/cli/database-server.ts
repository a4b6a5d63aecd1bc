import { join } from 'node:path'
import { startEmbedded } from '../../db/index.ts'
import type { Config } from '../config.ts'

export interface DatabaseServer {
  readonly url: string
  /** Whether it is the embedded one. */
  readonly embedded: boolean
  /** Ends the embedded server unless another process uses it. */
  stop(): Promise<void>
}

/** The configured database; without one, and never in production, the embedded PostgreSQL below the data folder. */
export async function openDatabaseServer(
  { database, dataDir, production }: Pick<Config, 'database' | 'dataDir' | 'production'>,
  say: (line: string) => void,
): Promise<DatabaseServer> {
  if (database.url !== undefined) return { url: database.url, embedded: false, stop: async () => {} }
  const server = await startEmbedded({ dataDir: join(dataDir, 'postgres'), production, log: say })
  return { url: server.connectionString, embedded: true, stop: () => server.stop() }
}
