import { describeSettings, loadConfig } from '../../config.ts'
import { defineCommand, usageError } from '../command.ts'
import { formatTable } from '../table.ts'

export const config = defineCommand({
  name: 'config',
  summary: 'the configuration in effect; secrets only as set or unset',
  usage: '[check]',
  about: 'Exit code 2 and every fault at once where a setting is refused, unknown or missing.',
  options: {},
  async run({ positionals: [verb = 'check'], env, out }) {
    if (verb !== 'check') throw usageError(`config does not know ${verb}; it knows check`)
    loadConfig(env)
    const settings = describeSettings(env)
    const rows = settings.map(({ name, value, origin }) => [name, value, origin])
    for (const line of formatTable(['name', 'value', 'from'], rows)) out.line(line)
    out.document({ settings })
    return 0
  },
})
