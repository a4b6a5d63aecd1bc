import type { EntityReport, FieldDifference, VerifyReport } from '../sync/index.ts'
import { formatTable } from './table.ts'

/** Differences shown for each entity; the stored report has more. */
const shownDifferences = 10

/** The report for people: a table, then what differs, in words. */
export function verifyLines({ entities, calls, ok }: VerifyReport): string[] {
  return [
    ...formatTable(
      ['', 'in Zoho', 'here', 'list rows', 'details', 'values', 'differences', 'pending'],
      entities.map((each) => [
        each.entity,
        each.source,
        each.here,
        each.listed,
        each.detailed,
        each.values,
        each.difference_count,
        each.pending,
      ]),
    ),
    '',
    ...entities.flatMap(factLines),
    ...entities.flatMap(differenceLines),
    ok
      ? `Nothing differs. ${calls} calls.`
      : `${entities.reduce((sum, each) => sum + each.difference_count, 0)} differences. ${calls} calls.`,
  ]
}

function factLines({ entity, arabic, pictures, cleared }: EntityReport): string[] {
  const lines = Object.entries(arabic).map(
    ([column, { source, here }]) => `${entity}.${column}: ${source} at the source, ${here} here`,
  )
  if (pictures) {
    const states = Object.entries(pictures.by_status).map(([status, count]) => `${count} ${status}`)
    const named = pictures.at_source === null ? '' : `${pictures.at_source} named by Zoho; `
    lines.push(`${entity}: ${named}${states.join(', ') || 'none'}; ${pictures.files_read} files read and compared`)
  }
  if (cleared > 0) lines.push(`${entity}: ${cleared} looked different and were equal when read again`)
  return lines
}

const words = {
  missing: 'in Zoho, not here',
  extra: 'here, not in Zoho',
  tombstone: 'deleted here, alive in Zoho',
  fields: 'differs',
  document: 'differs outside the typed columns',
  picture: 'another picture in Zoho',
  file: 'the image file is missing or damaged',
} as const

function differenceLines({ entity, differences, difference_count, requeued }: EntityReport): string[] {
  if (difference_count === 0) return []
  const lines = differences
    .slice(0, shownDifferences)
    .flatMap(({ kind, source_entity_id, fields = [] }) => [
      `  ${source_entity_id}: ${words[kind]}`,
      ...fields.map((field) => `    ${fieldWords(field)}`),
    ])
  const more = difference_count - Math.min(difference_count, shownDifferences)
  return [
    '',
    `${entity}:`,
    ...lines,
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(requeued > 0 ? [`  ${requeued} were enqueued to be read again`] : []),
    '',
  ]
}

function fieldWords({ column, key, here, source }: FieldDifference): string {
  return `${column}${key ? ` at ${key}` : ''}: ${shown(here)} here, ${shown(source)} in Zoho`
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
