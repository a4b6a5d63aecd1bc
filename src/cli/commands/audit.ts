import { type AuditFilter, type AuditRecord, csvHead, toCsv, toNdjson } from '../../audit/index.ts'
import { defineCommand, type Terminal, usageError } from '../command.ts'
import { withContext } from '../session.ts'
import { formatTable } from '../table.ts'

export const audit = defineCommand({
  name: 'audit',
  summary: 'who changed what, when and why; as a table, CSV or NDJSON',
  usage:
    '[--actor <who>] [--action <what>] [--subject <thing> | --row <table>/<id>] [--from <time>] [--to <time>] [--export csv|ndjson]',
  options: {
    actor: { type: 'string', value: 'who', about: 'key <id>, cli, or a part of TDS' },
    action: { type: 'string', value: 'what', about: 'such as dlq.requeue or key.create' },
    subject: { type: 'string', value: 'thing', about: 'a table, or a thing such as key abcd1234' },
    row: {
      type: 'string',
      value: 'table/id',
      about: 'what changed in a mirrored record: products/4873910000000012001',
    },
    from: { type: 'string', value: 'time', about: 'at or after: 2026-01-31 or 2026-01-31T08:00:00Z' },
    to: { type: 'string', value: 'time', about: 'before' },
    limit: { type: 'string', value: 'n', about: 'how many to list; 50 without' },
    export: { type: 'string', value: 'form', about: 'everything the filter chooses, as csv or ndjson on stdout' },
  },
  async run({ values, ...terminal }) {
    const { actor, action, subject } = values
    const { row } = values
    if (row !== undefined && !/^[a-z_]+\/.+$/.test(row))
      throw usageError(`--row wants a table and an id, such as products/123, not ${row}`)
    const chosen = row === undefined ? { subject } : { subject: row, kind: 'rows' as const }
    const filter = { actor, action, ...chosen, from: timeOf('--from', values.from), to: timeOf('--to', values.to) }
    const form = values.export
    if (form === undefined) return list(terminal, filter, limitOf(values.limit))
    if (form !== 'csv' && form !== 'ndjson') throw usageError(`--export is csv or ndjson, not ${form}`)
    if (terminal.out.json) throw usageError('--export has a form of its own; leave --json out')
    return exportAll(terminal, filter, form)
  },
})

function list(terminal: Terminal, filter: AuditFilter, limit: number): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async (ctx) => {
    const page = await ctx.audit.list({ ...filter, limit })
    const [titles, rowOf] = filter.kind === 'rows' ? [rowHeads, toChange] : [heads, toRow]
    if (page.items.length === 0) terminal.out.line('The trail has no such line.')
    else for (const line of formatTable(titles, page.items.map(rowOf))) terminal.out.line(line)
    if (page.next !== null) terminal.out.line(`${page.total} in all; --limit shows more, --export everything.`)
    terminal.out.document(page)
    return 0
  })
}

const heads = ['at', 'who', 'what', 'on', 'count', 'why']

const toRow = ({ at, actor, action, subject, affected, reason }: AuditRecord) => [
  at.toISOString().slice(0, 19),
  actor,
  action,
  subject,
  affected,
  reason?.slice(0, 80),
]

const rowHeads = ['at', 'by', 'what', 'before', 'after']

const toChange = ({ at, actor, action, before, after }: AuditRecord) => [
  at.toISOString().slice(0, 19),
  actor,
  action,
  before === null ? null : JSON.stringify(before).slice(0, 120),
  after === null ? null : JSON.stringify(after).slice(0, 120),
]

/** Lines as they are read: however long the trail is, memory stays the same. */
function exportAll(terminal: Terminal, filter: AuditFilter, form: 'csv' | 'ndjson'): Promise<number> {
  const toText = form === 'csv' ? toCsv : toNdjson
  return withContext(terminal, { kind: 'reading' }, async (ctx) => {
    if (form === 'csv') terminal.out.line(csvHead.trimEnd())
    for await (const each of ctx.audit.all(filter)) {
      if (terminal.signal.aborted) return 1
      terminal.out.line(toText(each).trimEnd())
    }
    return 0
  })
}

function timeOf(option: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const time = new Date(text)
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(time.getTime())) return time
  throw usageError(`${option} wants a time such as 2026-01-31 or 2026-01-31T08:00:00Z, not ${text}`)
}

function limitOf(text: string | undefined): number {
  const limit = text === undefined ? 50 : Number(text)
  if (Number.isInteger(limit) && limit > 0) return limit
  throw usageError(`--limit wants a whole number, not ${text}`)
}
