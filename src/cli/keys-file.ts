import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Config } from '../config.ts'
import { errorCode } from '../errors.ts'

const keysShape = z.object({ admin_key: z.string(), webhook_key: z.string(), webhook_secret: z.string() })
export type LocalKeys = z.output<typeof keysShape>

export interface WithKeys {
  readonly config: Config
  /** The file whose keys are in use; undefined when the configuration has its own. */
  readonly file?: string
}

/**
 * Outside production a start without keys makes random ones, once, in a file that only its owner can read. What is
 * configured always wins.
 */
export async function withLocalKeys(config: Config): Promise<WithKeys> {
  const hasWebhookKey = config.webhook.key !== undefined || config.webhook.secrets.length > 0
  if (config.production || (config.admin.key !== undefined && hasWebhookKey)) return { config }
  const file = join(config.dataDir, 'keys.json')
  const keys = await readOrMake(file)
  return {
    file,
    config: {
      ...config,
      admin: { key: config.admin.key ?? keys.admin_key },
      webhook: hasWebhookKey
        ? config.webhook
        : { ...config.webhook, key: keys.webhook_key, secrets: [keys.webhook_secret] },
    },
  }
}

async function readOrMake(file: string): Promise<LocalKeys> {
  await mkdir(join(file, '..'), { recursive: true })
  const made: LocalKeys = {
    admin_key: `tds_${randomBytes(24).toString('hex')}`,
    webhook_key: randomBytes(24).toString('hex'),
    webhook_secret: randomBytes(24).toString('hex'),
  }
  try {
    // Of two first starts, one makes the file and both read it.
    await writeFile(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
  return keysShape.parse(JSON.parse(await readFile(file, 'utf8')))
}
