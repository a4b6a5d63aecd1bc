import { nearest } from '../../config.ts'
import type { StoredFinding } from '../../sync/index.ts'
import { defineCommand, type Terminal, usageError } from '../command.ts'
import { withContext } from '../session.ts'
import { formatTable } from '../table.ts'
import { parseUntil } from '../until.ts'

const verbs = ['list', 'accept', 'unaccept', 'settings']
const states = ['open', 'accepted', 'resolved', 'all'] as const

export const findings = defineCommand({
  name: 'findings',
  summary: 'rows that are not plausible: list them, accept those that are known, see the limits of the rules',
  usage: '[list | accept <id> --until <day> --reason <text> | unaccept <id> --reason <text> | settings]',
  about: `list      newest first; --state ${states.join('|')}
accept    silent until its day, or until its value changes; --any-value: also when it does
unaccept  counts again
settings  the limits the rules judge by; "settings set findings.<name> <value>" changes one`,
  options: {
    state: { type: 'string', value: 'word', about: `list: ${states.join(', ')}; open without` },
    rule: { type: 'string', value: 'rule', about: 'list: of one rule' },
    entity: { type: 'string', value: 'name', about: 'list: of one entity' },
    limit: { type: 'string', value: 'n', about: 'list: how many; 50 without' },
    until: { type: 'string', value: 'day', about: 'accept: until 2027-01-31, or for 90d, 6m, 2y' },
    'any-value': { type: 'boolean', about: 'accept: stay silent also when the value changes' },
    reason: { type: 'string', value: 'text', about: 'why; kept with the finding and in the audit trail' },
  },
  async run({ positionals: [verb = 'list', word], values, ...terminal }) {
    if (!verbs.includes(verb)) throw usageError(unknownVerb(verb))
    if (verb === 'settings') return limits(terminal)
    if (verb === 'list') {
      const state = states.find((each) => each === (values.state ?? 'open'))
      if (!state) throw usageError(`--state is one of ${states.join(', ')}`)
      const limit = wholeNumber('--limit', values.limit ?? '50')
      return list(terminal, { state, rule: values.rule, entity_type: values.entity, limit })
    }
    const id = wholeNumber(`${verb} <id>`, word)
    const { reason } = values
    if (reason === undefined) throw usageError('Why? --reason is kept with the finding')
    if (verb === 'unaccept') return show(terminal, (ctx) => ctx.findings.unaccept(id, { reason, actor: 'cli' }))
    if (values.until === undefined) throw usageError('Until when? --until 2027-01-31, or 90d')
    const until = parseUntil(values.until, new Date())
    const anyValue = values['any-value'] ?? false
    return show(terminal, (ctx) => ctx.findings.accept(id, { until, anyValue, reason, actor: 'cli' }))
  },
})

type Work<T> = Parameters<typeof withContext<T>>[2]
type Filter = Parameters<Parameters<Work<number>>[0]['findings']['list']>[0]

function list(terminal: Terminal, filter: Filter): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async (ctx) => {
    const page = await ctx.findings.list(filter)
    const rows = page.items.map((each) => [
      each.id,
      each.severity,
      each.rule,
      [each.entity_type, each.source_entity_id, each.part].filter(Boolean).join(' '),
      each.expected,
      each.found,
      each.accepted_until?.toISOString().slice(0, 10),
    ])
    const heads = ['id', 'severity', 'rule', 'where', 'expected', 'found', 'accepted until']
    if (rows.length > 0) for (const line of formatTable(heads, rows)) terminal.out.line(line)
    terminal.out.line(`${page.total} findings.`)
    terminal.out.document(page)
    return 0
  })
}

function limits(terminal: Terminal): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async (ctx) => {
    const items = await ctx.findings.settings.list()
    const rows = items.map(({ name, value, updated_by }) => [name, JSON.stringify(value), updated_by])
    for (const line of formatTable(['limit', 'is', 'set by'], rows)) terminal.out.line(line)
    terminal.out.document({ items, total: items.length, next: null })
    return 0
  })
}

async function show(terminal: Terminal, work: Work<StoredFinding>): Promise<number> {
  const finding = await withContext(terminal, { kind: 'reading' }, work)
  const until = finding.accepted_until
  terminal.out.line(
    until ? `Finding ${finding.id} is silent until ${until.toISOString()}.` : `Finding ${finding.id} counts again.`,
  )
  terminal.out.document(finding)
  return 0
}

function wholeNumber(what: string, text: string | undefined): number {
  const value = Number(text)
  if (text !== undefined && Number.isInteger(value) && value > 0) return value
  throw usageError(`${what} wants a whole number, not ${text ?? 'nothing'}`)
}

function unknownVerb(verb: string): string {
  const known = nearest(verb, verbs)
  return `findings does not know ${verb}${known ? `; did you mean ${known}?` : `; it knows ${verbs.join(', ')}`}`
}
