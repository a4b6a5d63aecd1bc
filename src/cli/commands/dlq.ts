import { nearest } from '../../config.ts'
import type { Context } from '../../context.ts'
import { defineCommand, type Terminal, usageError } from '../command.ts'
import { withContext } from '../session.ts'
import { formatTable } from '../table.ts'

export const dlq = defineCommand({
  name: 'dlq',
  summary: 'dead letters: what failed for good, and another try',
  usage: '[list | requeue <id…>] [--entity <name>] [--code <code>] [--all] [--dry-run] [--reason <text>]',
  about: `list     the open ones, newest first; --all shows the resolved ones, too
requeue  has their records read again, by ids or by --entity and --code; the running service does it`,
  options: {
    entity: { type: 'string', value: 'name', about: 'of one entity only' },
    code: { type: 'string', value: 'code', about: 'with one error code only' },
    all: { type: 'boolean', about: 'list: resolved ones, too; requeue: every open one' },
    limit: { type: 'string', value: 'n', about: 'how many to list; 50 without' },
    'dry-run': { type: 'boolean', about: 'only say what would be requeued' },
    reason: { type: 'string', value: 'text', about: 'for the audit trail' },
  },
  async run({ positionals: [verb = 'list', ...ids], values, ...terminal }) {
    const filter = {
      ...(values.entity !== undefined && { entity_type: values.entity }),
      ...(values.code !== undefined && { error_code: values.code }),
    }
    const { all = false } = values
    if (verb === 'list') return list(terminal, { ...filter, ...(!all && { resolved: false }) }, limitOf(values.limit))
    if (verb !== 'requeue') throw usageError(unknownVerb(verb))
    if (ids.length === 0 && Object.keys(filter).length === 0 && !all)
      throw usageError('Which ones? Ids, --entity, --code or --all')
    return requeue(terminal, {
      ...(ids.length > 0 ? { ids: ids.map(toId) } : { filter }),
      dryRun: values['dry-run'] ?? false,
      reason: values.reason ?? 'requeued on the command line',
      actor: 'cli',
    })
  },
})

function list(
  terminal: Terminal,
  filter: { entity_type?: string; error_code?: string; resolved?: boolean },
  limit: number,
): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async ({ deadLetters }) => {
    const page = await deadLetters.list({ ...filter, limit })
    const rows = page.items.map((letter) => [
      String(letter.id),
      letter.entity_type,
      letter.source_entity_id,
      letter.error_code,
      letter.attempts,
      letter.created_at.toISOString().slice(0, 19),
      letter.error_message.slice(0, 80),
    ])
    if (page.items.length === 0) terminal.out.line('There are no dead letters of that kind.')
    else
      for (const line of formatTable(['id', 'entity', 'Zoho id', 'code', 'attempts', 'since', 'error'], rows))
        terminal.out.line(line)
    if (page.next !== null) terminal.out.line(`${page.total} in all; --limit shows more.`)
    terminal.out.document(page)
    return 0
  })
}

type RequeueRequest = Parameters<Context['deadLetters']['requeue']>[0]

function requeue(terminal: Terminal, request: RequeueRequest): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async ({ deadLetters }) => {
    const answer = await deadLetters.requeue(request)
    const verb = request.dryRun ? 'would be read again' : 'will be read again'
    terminal.out.line(`${answer.count} ${verb}${answer.batch_id ? ` (batch ${answer.batch_id})` : ''}.`)
    for (const { id, entity_type, source_entity_id, error_code } of answer.samples) {
      terminal.out.line(`  ${id}  ${entity_type} ${source_entity_id}  ${error_code}`)
    }
    terminal.out.document(answer)
    return 0
  })
}

function toId(text: string): number {
  const id = Number(text)
  if (Number.isSafeInteger(id) && id > 0) return id
  throw usageError(`${text} is no id of a dead letter`)
}

function limitOf(text: string | undefined): number {
  const limit = text === undefined ? 50 : Number(text)
  if (Number.isInteger(limit) && limit > 0) return limit
  throw usageError(`--limit wants a whole number, not ${text}`)
}

function unknownVerb(verb: string): string {
  const known = nearest(verb, ['list', 'requeue'])
  return `dlq does not know ${verb}${known ? `; did you mean ${known}?` : '; it knows list and requeue'}`
}
