import type { DifferenceKind, EntityReport, FieldDifference, Finding, VerifyReport } from './types.ts'

/** How a report is put into words, on a terminal and on a page alike. */
export const kindWords: Readonly<Record<DifferenceKind, string>> = {
  missing: 'in Zoho, not here',
  extra: 'here, not in Zoho',
  tombstone: 'deleted here, alive in Zoho',
  fields: 'differs',
  document: 'differs outside the typed columns',
  picture: 'another picture in Zoho',
  file: 'the image file is missing or damaged',
}

/** `rate of invoice_items at 12: 3 here, 4 in Zoho` */
export function fieldWords({ column, table, key, here, source }: FieldDifference): string {
  const where = `${table ? ` of ${table}` : ''}${key ? ` at ${key}` : ''}`
  return `${column}${where}: ${valueWords(here)} here, ${valueWords(source)} in Zoho`
}

function valueWords(value: unknown): string {
  const text = value === null || value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

export const findingWords = ({ source_entity_id, message, expected, found }: Finding): string =>
  `${source_entity_id === '' ? '' : `${source_entity_id}: `}${message}: ${expected} expected, ${found} found`

/** Facts beside the differences: Arabic texts, pictures, what was equal at a second look. */
export function factWords({ entity, arabic, pictures, cleared, details_due, unread }: EntityReport): string[] {
  const lines = Object.entries(arabic).map(
    ([column, { source, here }]) => `${entity}.${column}: ${source} at the source, ${here} here`,
  )
  if (pictures) {
    const states = Object.entries(pictures.by_status).map(([status, count]) => `${count} ${status}`)
    const named = pictures.at_source === null ? '' : `${pictures.at_source} named by Zoho; `
    lines.push(`${entity}: ${named}${states.join(', ') || 'none'}; ${pictures.files_read} files read and compared`)
  }
  if (details_due > 0)
    lines.push(`${entity}: ${details_due} wait for their detail; their list rows were compared, not their lines`)
  if (cleared > 0) lines.push(`${entity}: ${cleared} looked different and were equal when read again`)
  if (unread) lines.push(`${entity}: could not be compared to its end: ${unread.message} (${unread.code})`)
  return lines
}

/** The last line: what it all means. */
export function verdictWords({ calls, entities }: VerifyReport): string {
  const sum = (count: (each: EntityReport) => number) => entities.reduce((total, each) => total + count(each), 0)
  const differences = sum((each) => each.difference_count)
  const errors = sum((each) => each.finding_errors)
  const warnings = sum((each) => each.finding_count) - errors
  const unread = entities.filter((each) => each.unread).length
  const parts = [
    differences === 0 ? 'Nothing differs' : counted(differences, 'difference'),
    ...(errors > 0 ? [counted(errors, 'finding')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
    ...(unread > 0 ? [`${unread} not compared to the end`] : []),
  ]
  return `${parts.join(', ')}. ${counted(calls, 'call')}.`
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`
