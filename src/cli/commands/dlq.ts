import { nearest } from '../../config.ts'
import { type DeadLetterFilter, stateOf } from '../../dead-letters/index.ts'
import { defineCommand, type Terminal, usageError } from '../command.ts'
import { withContext } from '../session.ts'
import { requeueLetters, resolveLetters } from './dlq/act.ts'
import { listGroups, listLetters, showBatch, showLetter } from './dlq/look.ts'

export const dlq = defineCommand({
  name: 'dlq',
  summary: 'dead letters: what failed for good, and another try',
  usage:
    '[list | groups | show <id> | requeue <id…> | resolve <id…> | batch <id> | cancel <id>] [filters] [--dry-run] [--reason <text>]',
  about: `list     the open ones, newest first; --all shows the resolved ones, too
groups   by cause: what happened, how often, what to do
show     one with its story: events, queue, attempts, row
requeue  has their records read again, by ids, filters or --preview; the running service does it
resolve  closes them with --reason, without reading anything
batch    how far a requeue is; cancel ends it, what was requeued stays so`,
  options: {
    entity: { type: 'string', value: 'name', about: 'of one entity only' },
    code: { type: 'string', value: 'code', about: 'with one error code only' },
    id: { type: 'string', value: 'id', about: 'of the record with this Zoho id' },
    sku: { type: 'string', value: 'sku', about: 'of the products with this SKU' },
    error: { type: 'string', value: 'text', about: 'with these words in the error' },
    fingerprint: { type: 'string', value: 'text', about: 'of one group' },
    from: { type: 'string', value: 'time', about: 'since then, such as 2026-01-31T08:00:00Z' },
    to: { type: 'string', value: 'time', about: 'before then' },
    payload: { type: 'string', value: 'text', about: 'with this text in what Zoho sent' },
    bodies: { type: 'boolean', about: 'show: with what Zoho sent' },
    all: { type: 'boolean', about: 'list: resolved ones, too; requeue and resolve: every open one' },
    limit: { type: 'string', value: 'n', about: 'how many to list; 50 without' },
    'dry-run': { type: 'boolean', about: 'only say what would be done, and what it would cost' },
    preview: { type: 'string', value: 'id', about: 'exactly the letters of that dry run' },
    batch: { type: 'string', value: 'id', about: 'requeue: names the batch; the same id again does nothing' },
    reason: { type: 'string', value: 'text', about: 'for the audit trail' },
  },
  async run({ positionals: [verb = 'list', ...words], values, ...terminal }) {
    if (!verbs.includes(verb)) throw usageError(unknownVerb(verb))
    const filter = filterOf(values)
    const { all = false } = values
    const limit = limitOf(values.limit)
    if (verb === 'list') return listLetters(terminal, { ...filter, ...(!all && { resolved: false }) }, limit)
    if (verb === 'groups') return listGroups(terminal, limit)
    if (verb === 'show') return showLetter(terminal, toId(words[0] ?? ''), values.bodies ?? false)
    if (verb === 'batch') return showBatch(terminal, batchId(words[0]))
    if (verb === 'cancel') return cancel(terminal, batchId(words[0]), values.reason ?? 'cancelled on the command line')
    const choice = choiceOf(words, filter, { all, preview: values.preview })
    const dryRun = values['dry-run'] ?? false
    if (verb === 'resolve') {
      if (values.reason === undefined) throw usageError('Why? --reason is kept with each letter')
      return resolveLetters(terminal, { ...choice, dryRun, note: values.reason, actor: 'cli' })
    }
    const reason = values.reason ?? 'requeued on the command line'
    const batch = values.batch === undefined ? {} : { batchId: batchId(values.batch) }
    return requeueLetters(terminal, { ...choice, ...batch, dryRun, reason, actor: 'cli' })
  },
})

type FilterValues = Readonly<
  Partial<Record<'entity' | 'code' | 'id' | 'sku' | 'error' | 'fingerprint' | 'from' | 'to' | 'payload', string>>
>

function filterOf(values: FilterValues): DeadLetterFilter {
  const { entity, code, id, sku, error, fingerprint, from, to, payload } = values
  return {
    ...(entity !== undefined && { entity_type: entity }),
    ...(code !== undefined && { error_code: code }),
    ...(id !== undefined && { source_entity_id: id }),
    ...(sku !== undefined && { sku }),
    ...(error !== undefined && { error }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(from !== undefined && { from: toTime('--from', from) }),
    ...(to !== undefined && { to: toTime('--to', to) }),
    ...(payload !== undefined && { payload }),
  }
}

function choiceOf(
  words: readonly string[],
  filter: DeadLetterFilter,
  { all, preview }: { all: boolean; preview: string | undefined },
) {
  const filtered = Object.keys(filter).length > 0 || all
  const named = [words.length > 0, filtered, preview !== undefined].filter(Boolean).length
  if (named === 0) throw usageError('Which ones? Ids, --entity, --code or another filter, --preview or --all')
  if (named > 1) throw usageError('Either ids, or filters, or --preview')
  if (preview !== undefined) return { previewId: batchId(preview) }
  return filtered ? { filter } : { ids: words.map(toId) }
}

function cancel(terminal: Terminal, id: string, reason: string): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async ({ deadLetters }) => {
    const batch = await deadLetters.batches.cancel(id, { actor: 'cli', reason })
    terminal.out.line(`Batch ${id} is cancelled after ${batch.done} of ${batch.total} letters.`)
    terminal.out.document({ ...batch, state: stateOf(batch) })
    return 0
  })
}

function toId(text: string): number {
  const id = Number(text)
  if (Number.isSafeInteger(id) && id > 0) return id
  throw usageError(`${text || 'Nothing'} is no id of a dead letter`)
}

function batchId(text: string | undefined): string {
  if (text !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text
  throw usageError(`${text ?? 'Nothing'} is no id of a batch or preview`)
}

function toTime(option: string, text: string): Date {
  const time = new Date(text)
  if (!Number.isNaN(time.getTime())) return time
  throw usageError(`${option} wants a time such as 2026-01-31T08:00:00Z, not ${text}`)
}

function limitOf(text: string | undefined): number {
  const limit = text === undefined ? 50 : Number(text)
  if (Number.isInteger(limit) && limit > 0) return limit
  throw usageError(`--limit wants a whole number, not ${text}`)
}

const verbs = ['list', 'groups', 'show', 'requeue', 'resolve', 'batch', 'cancel']

function unknownVerb(verb: string): string {
  const known = nearest(verb, verbs)
  return `dlq does not know ${verb}${known ? `; did you mean ${known}?` : `; it knows ${verbs.join(', ')}`}`
}
