import { nearest } from '../../config.ts'
import { defineCommand, type Terminal, usageError } from '../command.ts'
import { withContext } from '../session.ts'
import { formatTable } from '../table.ts'

const verbs = ['list', 'set', 'unset']

export const settings = defineCommand({
  name: 'settings',
  summary: 'how long things are kept, thresholds of alerts, limits of rules: list, set, unset',
  usage: '[list [<begins with>] | set <name> <value> | unset <name>] [--reason <text>]',
  about: `list   what is in force and the default, such as: settings list retention
set    a number, true, false, or JSON such as '{"warning": 100}'; in force within seconds
unset  the default again`,
  options: {
    reason: { type: 'string', value: 'text', about: 'why, for the audit trail' },
  },
  async run({ positionals: [verb = 'list', name, text], values, ...terminal }) {
    const { reason = `${verb} on the command line` } = values
    if (verb === 'list') return list(terminal, name ?? '')
    if (!verbs.includes(verb)) throw usageError(unknownVerb(verb))
    if (name === undefined) throw usageError('Which setting? settings list names them')
    if (verb === 'set' && text === undefined) throw usageError(`${name} wants a value; unset takes it back`)
    return change(terminal, name, { value: verb === 'unset' ? null : jsonOf(text ?? ''), reason })
  },
})

function list(terminal: Terminal, start: string): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async (ctx) => {
    const items = (await ctx.settings.list()).filter(({ name }) => name.startsWith(start))
    const rows = items.map(({ name, value, default: preset, updated_by }) => {
      const [now, usual] = [JSON.stringify(value), JSON.stringify(preset)]
      return [name, now, now === usual ? '' : usual, updated_by]
    })
    for (const line of formatTable(['setting', 'is', 'default', 'set by'], rows)) terminal.out.line(line)
    terminal.out.document({ items, total: items.length, next: null })
    return 0
  })
}

function change(terminal: Terminal, name: string, { value, reason }: { value: unknown; reason: string }) {
  return withContext(terminal, { kind: 'reading' }, async (ctx) => {
    const setting = await ctx.settings.set(name, { value, reason, actor: 'cli' })
    terminal.out.line(`${name} is ${JSON.stringify(setting.value)}.`)
    terminal.out.document(setting)
    return 0
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw usageError(`${text} is neither a number, true, false nor JSON`)
  }
}

function unknownVerb(verb: string): string {
  const known = nearest(verb, verbs)
  return `settings does not know ${verb}${known ? `; did you mean ${known}?` : `; it knows ${verbs.join(', ')}`}`
}
