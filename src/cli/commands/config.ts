import { describeSettings, loadConfig } from '../../config.ts'
import { defineCommand } from '../command.ts'
import { formatTable } from '../table.ts'

export const config = defineCommand({
  name: 'config',
  summary: 'the configuration in effect; secrets only as set or unset',
  usage: '',
  options: {},
  async run({ env, out }) {
    loadConfig(env)
    const settings = describeSettings(env)
    const rows = settings.map(({ name, value, origin }) => [name, value, origin])
    for (const line of formatTable(['name', 'value', 'from'], rows)) out.line(line)
    out.document({ settings })
    return 0
  },
})
