import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describeSettings } from '../../config.ts'
import { type Check, type Finding, ok, warning } from '../types.ts'
import { some } from '../words.ts'

/** Files that hold secrets are nobody else's to read. */
export const files: Check = {
  name: 'config-files',
  needs: 'nothing',
  anchor: 'doctor',
  async look({ config, env }) {
    const named = describeSettings(env).flatMap(({ name }) => env[`${name}_FILE`] || [])
    const paths = ['.env', join(config.dataDir, 'keys.json'), ...named]
    const found = (await Promise.all(paths.map(modeOf))).filter((each) => each !== undefined)
    const open = found.filter(({ mode }) => (mode & 0o077) !== 0)
    if (open.length > 0) return [tooOpen(open)]
    return [
      ok(
        found.length === 0
          ? 'no file with secrets is here'
          : `only their owner reads ${some(found.map(({ path }) => path))}`,
      ),
    ]
  },
}

interface Mode {
  readonly path: string
  readonly mode: number
}

async function modeOf(path: string): Promise<Mode | undefined> {
  const entry = await stat(path).catch(() => undefined)
  return entry && { path, mode: entry.mode & 0o777 }
}

function tooOpen(open: readonly Mode[]): Finding {
  const words = open.map(({ path, mode }) => `${path} (${mode.toString(8)})`)
  return warning(
    `others on this machine can read ${some(words)}`,
    `chmod 600 ${open.map(({ path }) => path).join(' ')}`,
  )
}
