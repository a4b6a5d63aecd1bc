import { type Batch, type DeadLetterFilter, type Story, stateOf } from '../../../dead-letters/index.ts'
import type { Terminal } from '../../command.ts'
import { withContext } from '../../session.ts'
import { formatTable } from '../../table.ts'

type Out = Terminal['out']

export function listLetters(terminal: Terminal, filter: DeadLetterFilter, limit: number): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async ({ deadLetters }) => {
    const page = await deadLetters.list({ ...filter, limit })
    const rows = page.items.map((letter) => [
      String(letter.id),
      letter.entity_type,
      letter.source_entity_id,
      letter.error_code,
      letter.attempts,
      clock(letter.created_at),
      letter.error_message.slice(0, 80),
    ])
    if (rows.length === 0) terminal.out.line('There are no dead letters of that kind.')
    else table(terminal.out, ['id', 'entity', 'Zoho id', 'code', 'attempts', 'since', 'error'], rows)
    if (page.next !== null) terminal.out.line(`${page.total} in all; --limit shows more.`)
    terminal.out.document(page)
    return 0
  })
}

export function listGroups(terminal: Terminal, limit: number): Promise<number> {
  const { out } = terminal
  return withContext(terminal, { kind: 'reading' }, async ({ deadLetters }) => {
    const page = await deadLetters.groups({ limit })
    if (page.items.length === 0) out.line('There are no open dead letters.')
    for (const group of page.items) {
      const { last_hour, hour_before } = group.trend
      out.line(`${group.count}  ${group.fingerprint}`)
      out.line(`   ${group.sentence}`)
      out.line(
        `   ${Object.keys(group.entities).join(', ')}; since ${clock(group.first_seen)}, last ${clock(group.last_seen)}`,
      )
      out.line(`   ${last_hour} in the last hour, ${hour_before} in the one before; ${group.runbook}`)
      out.line()
    }
    out.document(page)
    return 0
  })
}

export function showLetter(terminal: Terminal, id: number, payload: boolean): Promise<number> {
  const { out } = terminal
  return withContext(terminal, { kind: 'reading' }, async ({ deadLetters }) => {
    const letter = await deadLetters.get(id)
    const story = await deadLetters.story(letter, { payload })
    out.line(`${letter.entity_type} ${letter.source_entity_id}: ${letter.error_code}, ${letter.error_message}`)
    tell(out, story)
    out.document({ ...letter, story })
    return 0
  })
}

function tell(out: Out, { events, queue, attempts, row }: Story): void {
  section(out, 'Events', ['received', 'module', 'event', 'status', 'outcome', 'event id'], events, (each) => [
    clock(each.received_at),
    each.module,
    each.event,
    each.status,
    each.outcome,
    each.event_id,
  ])
  for (const { payload } of events) if (payload) out.line(payload)
  section(out, 'Queue', ['id', 'status', 'lane', 'attempts', 'created', 'finished'], queue, (each) => [
    String(each.id),
    each.status,
    each.lane,
    each.attempts,
    clock(each.created_at),
    each.finished_at && clock(each.finished_at),
  ])
  section(out, 'Attempts', ['at', 'attempt', 'outcome', 'ms', 'error'], attempts, (each) => [
    clock(each.created_at),
    each.attempt,
    each.outcome,
    each.duration_ms,
    each.error_message?.slice(0, 80),
  ])
  out.line()
  if (row?.exists)
    out.line(
      `Row: in ${row.table}, written ${row.synced_at && clock(row.synced_at)}${row.deleted_at ? ', deleted' : ''}`,
    )
  else out.line('Row: none')
}

function section<T>(
  out: Out,
  title: string,
  heads: readonly string[],
  items: readonly T[],
  cells: (item: T) => Parameters<typeof formatTable>[1][number],
): void {
  out.line()
  out.line(items.length === 0 ? `${title}: none` : title)
  if (items.length > 0) table(out, heads, items.map(cells))
}

export function showBatch(terminal: Terminal, id: string): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async ({ deadLetters }) => {
    const batch = await deadLetters.batches.get(id)
    terminal.out.line(wordsOf(batch))
    terminal.out.document({ ...batch, state: stateOf(batch) })
    return 0
  })
}

export const wordsOf = (batch: Batch): string =>
  `Batch ${batch.id} is ${stateOf(batch)}: ${batch.done} of ${batch.total} letters, ${batch.requeued} requeued.`

function table(out: Out, ...[heads, rows]: Parameters<typeof formatTable>): void {
  for (const line of formatTable(heads, rows)) out.line(line)
}

const clock = (time: Date): string => time.toISOString().slice(0, 19)
