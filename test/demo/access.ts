import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../src/config.ts'

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

/** What a person may do next. */
export function accessLines(access: Access, file: string, imageUrl: string | undefined): string[] {
  const { url } = access
  return [
    '',
    `Health      ${url}/api/tds/health`,
    `Statistics  curl -H 'authorization: Bearer ${access.admin_key}' ${url}/api/tds/statistics`,
    `API         ${url}/docs`,
    ...(imageUrl ? [`An image    ${url}${imageUrl}`] : []),
    `Zoho        ${access.simulator_url}/control/summary  (what it can do: test/simulator/README.md)`,
    `Database    psql '${access.database_url}'`,
    `Admin key   ${access.admin_key}`,
    '',
    `All of it is in ${file}. Changes in the simulator arrive here by signed webhooks. Ctrl-C ends everything.`,
  ]
}
