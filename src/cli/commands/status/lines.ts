import { duration } from '../../bar.ts'
import { cut } from '../../cut.ts'
import { formatTable } from '../../table.ts'
import type { RunningRun, StatusFacts } from './facts.ts'

export interface Room {
  readonly columns: number
  /** Without, every line is shown. */
  readonly rows?: number
}

/** The status in lines of at most so many columns; where it has more lines than rows, the entities give way. */
export function statusLines(facts: StatusFacts, { columns, rows = Number.POSITIVE_INFINITY }: Room): string[] {
  const head = [...healthLines(facts), '', ...queueLines(facts), ...alertLines(facts), ...runLines(facts)]
  const table = entityLines(facts, columns)
  const room = Math.max(0, rows - head.length - 1)
  const shown =
    table.length <= room ? table : [...table.slice(0, Math.max(0, room - 1)), `… ${table.length - room + 1} more`]
  const lines = room < 3 ? head : [...head, '', ...shown]
  return lines.slice(0, rows).map((line) => cut(line, columns))
}

function healthLines({ health, at, error }: StatusFacts): string[] {
  return [
    `TDS ${health.version} is ${health.status}   ${at.toISOString().slice(0, 19)}Z`,
    ...health.reasons.map(({ severity, words }) => `- ${severity}: ${words}`),
    ...(error === null ? [] : [`- the database could not be asked: ${error}`]),
  ]
}

function queueLines({ statistics }: StatusFacts): string[] {
  if (!statistics) return []
  const { queue, images, zoho } = statistics
  const oldest = queue.oldest_due_seconds === null ? '' : `, the oldest due for ${duration(queue.oldest_due_seconds)}`
  const pictures = Object.entries(images.by_status).map(([name, count]) => `${number(count)} ${name}`)
  const days = Object.entries(zoho.day).map(
    ([product, { used, limit }]) => `${product} ${number(used)} of ${number(limit)}`,
  )
  return [
    `Queue   ${number(queue.pending)} pending, ${number(queue.processing)} in work, ${number(queue.failed)} failed, ${number(queue.dead_letter)} dead letters${oldest}`,
    `Images  ${pictures.join(', ') || 'none yet'}; ${images.coverage_percent ?? 0} % of the active products show one`,
    `Zoho    ${number(zoho.minute.held)} of ${number(zoho.minute.ceiling)} calls held this minute; today ${days.join(', ')}`,
  ]
}

const number = (value: number): string => value.toLocaleString('en-US')

function alertLines({ alerts }: StatusFacts): string[] {
  return alerts.map(({ severity, fingerprint, message }) => `Alert   ${severity} ${fingerprint}: ${message}`)
}

function runLines({ runs, at }: StatusFacts): string[] {
  return runs.map((run) => {
    const seconds = (at.getTime() - run.started_at.getTime()) / 1000
    return `Run     ${run.entity_type} ${run.mode} ${run.phase} ${barOf(run)} ${number(run.settled)}/${number(run.fetched)} in ${duration(seconds)}`
  })
}

function barOf({ fetched, settled }: RunningRun): string {
  const filled = fetched === 0 ? 0 : Math.min(10, Math.floor((10 * settled) / fetched))
  return `[${'#'.repeat(filled)}${'.'.repeat(10 - filled)}]`
}

/** On a narrow terminal the columns that say least are left out. */
function entityLines({ statistics }: StatusFacts, columns: number): string[] {
  if (!statistics) return []
  const isNarrow = columns < 100
  const time = (text: string | null) => (isNarrow ? (text?.slice(5, 16).replace('T', ' ') ?? null) : text)
  const heads = [
    '',
    'rows',
    ...(isNarrow ? [] : ['deleted']),
    isNarrow ? 'synced' : 'last complete sync',
    isNarrow ? 'verified' : 'verified through',
    'written',
    'failed',
  ]
  const rows = Object.entries(statistics.entities).map(([name, each]) => [
    name,
    each.rows.live,
    ...(isNarrow ? [] : [each.rows.tombstoned]),
    time(each.last_settled_at),
    time(each.verified_through),
    each.last_24h.written,
    each.last_24h.failed,
  ])
  return formatTable(heads, rows)
}
