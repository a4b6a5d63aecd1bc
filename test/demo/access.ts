import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Config, Environment } from '../../src/config.ts'

export interface Access {
  readonly url: string
  readonly admin_key: string
  readonly webhook_secret: string
  readonly webhook_key: string
  readonly simulator_url: string
  readonly database_url: string
}

/** For scripts that follow the demo; only its owner may read it. @returns its path */
export async function writeAccess({ dataDir }: Config, access: Access): Promise<string> {
  const file = join(dataDir, 'demo.json')
  await writeFile(file, `${JSON.stringify(access, null, 2)}\n`, { mode: 0o600 })
  return file
}

/** The settings of the running demo, for commands beside it; a shell reads the file as it is. @returns its path */
export async function writeEnvironment(
  { dataDir }: Config,
  environment: Environment,
  { url, database_url }: Access,
): Promise<string> {
  const file = join(dataDir, 'demo.env')
  const settings = {
    ...environment,
    DATABASE_URL: database_url,
    PORT: new URL(url).port,
    TDS_DATA_DIR: resolve(dataDir),
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value?.replaceAll("'", `'\\''`)}'\n`)
  await writeFile(file, lines.join(''), { mode: 0o600 })
  return file
}

export interface AccessFiles {
  /** demo.json */
  readonly access: string
  /** demo.env */
  readonly environment: string
}

/** What a person may do next. */
export function accessLines(access: Access, files: AccessFiles, imageUrl: string | undefined): string[] {
  const { url } = access
  return [
    '',
    `Health      ${url}/api/tds/health`,
    `Statistics  curl -H 'authorization: Bearer ${access.admin_key}' ${url}/api/tds/statistics`,
    `API         ${url}/docs`,
    ...(imageUrl ? [`An image    ${url}${imageUrl}`] : []),
    `Zoho        ${access.simulator_url}/control/summary  (what it can do: test/simulator/README.md)`,
    `Database    psql '${access.database_url}'`,
    `Proof       (set -a; . ${resolve(files.environment)}; npm run tds -- verify --all-fields)`,
    `Admin key   ${access.admin_key}`,
    '',
    `All of it is in ${files.access}. Changes in the simulator arrive here by signed webhooks. Ctrl-C ends everything.`,
  ]
}
