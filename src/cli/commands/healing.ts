import { nearest } from '../../config.ts'
import { type ActionState, actionNames } from '../../healing/index.ts'
import { defineCommand, type Terminal, usageError } from '../command.ts'
import { withContext } from '../session.ts'
import { formatTable } from '../table.ts'

export const healing = defineCommand({
  name: 'healing',
  summary: 'what TDS repairs by itself: how much, how lately, off and on',
  usage: '[list | run <action> [--dry-run] | on <action> | off <action>] [--reason <text>]',
  about: `list  every action with its switch and what it did within a day
run   one pass now, within the limits; the running service reads what is enqueued
off   the action repairs nothing more until on; both are kept in the audit trail`,
  options: {
    'dry-run': { type: 'boolean', about: 'run: only say what would be repaired' },
    reason: { type: 'string', value: 'text', about: 'on and off: why, for the audit trail' },
  },
  async run({ positionals: [verb = 'list', action], values, ...terminal }) {
    if (!verbs.includes(verb)) throw usageError(unknown('healing', verb, verbs))
    if (verb === 'list') return list(terminal)
    if (action === undefined || !names.includes(action)) throw usageError(unknown(`healing ${verb}`, action, names))
    if (verb === 'run') return run(terminal, action, values['dry-run'] ?? false)
    return turn(terminal, action, verb === 'on', values.reason ?? `switched ${verb} on the command line`)
  },
})

const verbs = ['list', 'run', 'on', 'off']
const names: readonly string[] = actionNames

function unknown(what: string, word: string | undefined, known: readonly string[]): string {
  if (word === undefined) return `${what} what? ${known.join(', ')}`
  const close = nearest(word, known)
  return `${what} does not know ${word}${close ? `; did you mean ${close}?` : `; it knows ${known.join(', ')}`}`
}

function list(terminal: Terminal): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async (ctx) => {
    const items = await ctx.healing.list()
    for (const line of formatTable(heads, items.map(toRow))) terminal.out.line(line)
    terminal.out.document({ items, total: items.length, next: null })
    return 0
  })
}

const heads = ['action', 'is', '24 h', 'last healed', 'waiting', 'given up', 'last pass', 'held']

const toRow = ({ action, enabled, healed_24h, last_healed_at, waiting, given_up, last_pass }: ActionState) => [
  action,
  enabled ? 'on' : 'off',
  healed_24h,
  last_healed_at?.toISOString().slice(0, 19),
  waiting,
  given_up,
  last_pass?.at.toISOString().slice(0, 19),
  (last_pass?.error ?? last_pass?.held)?.slice(0, 60),
]

function run(terminal: Terminal, action: string, dryRun: boolean): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async (ctx) => {
    const answer = await ctx.healing.run(action, { dryRun, actor: 'cli', signal: terminal.signal })
    const { found, healed, held, samples } = answer
    terminal.out.line(dryRun ? `${found} could be repaired.` : `${healed} of ${found} are being repaired.`)
    if (held !== null) terminal.out.line(`Held: ${held}`)
    for (const sample of samples) terminal.out.line(`  ${sample}`)
    terminal.out.document(answer)
    return 0
  })
}

function turn(terminal: Terminal, action: string, enabled: boolean, reason: string): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async (ctx) => {
    const answer = await ctx.healing.set(action, { parts: { enabled }, reason, actor: 'cli' })
    terminal.out.line(`${action} is ${answer.enabled ? 'on' : 'off'}.`)
    terminal.out.document(answer)
    return 0
  })
}
