import type { WorkDocument } from '../../queue/index.ts'
import type { Difference, EntityReport, Finding, PictureReport } from './types.ts'

/** What the verification of one entity adds up to while it goes on. */
export interface Tally {
  readonly entity: string
  /** Database clock, as text. */
  readonly startedAt: string
  /** Ids by where they looked wrong: in the list, by their absence from it, in a detail. A second look decides. */
  readonly suspects: { readonly listed: Set<string>; readonly unlisted: Set<string>; readonly detailed: Set<string> }
  source: number | null
  here: number
  listed: number
  detailed: number
  values: number
  cleared: number
  pending: number
  due: number
  /** What a repair enqueued: ids by entity. */
  readonly asked: Map<string, Set<string>>
  readonly arabic: Map<string, { source: number; here: number }>
  /** Records with a picture at the source, where the list was read. */
  picturesAtSource: number | null
  pictures?: PictureReport
  readonly differences: Difference[]
  /** List rows that prove a difference, for its repair. */
  readonly documents: Map<string, WorkDocument>
  readonly findings: Finding[]
  /** All of them; `findings` holds the first. */
  findingCount: number
  findingErrors: number
  unread?: { readonly code: string; readonly message: string }
}

export const createTally = (entity: string, startedAt: string): Tally => ({
  entity,
  startedAt,
  suspects: { listed: new Set(), unlisted: new Set(), detailed: new Set() },
  source: null,
  here: 0,
  listed: 0,
  detailed: 0,
  values: 0,
  cleared: 0,
  pending: 0,
  due: 0,
  asked: new Map(),
  arabic: new Map(),
  picturesAtSource: null,
  differences: [],
  documents: new Map(),
  findings: [],
  findingCount: 0,
  findingErrors: 0,
})

/** How many differences, and how many findings, a report lists. */
export const mostListed = 1000

/** @param finishedAt ISO */
export function toReport(tally: Tally, finishedAt: string): EntityReport {
  const { entity, source, here, listed, detailed, values, cleared, pending, pictures, unread } = tally
  return {
    entity,
    started_at: new Date(tally.startedAt).toISOString(),
    finished_at: finishedAt,
    source,
    here,
    listed,
    detailed,
    values,
    difference_count: tally.differences.length,
    differences: tally.differences.slice(0, mostListed),
    cleared,
    pending,
    details_due: tally.due,
    finding_count: tally.findingCount,
    finding_errors: tally.findingErrors,
    findings: errorsFirst(tally.findings).slice(0, mostListed),
    arabic: Object.fromEntries(tally.arabic),
    ...(pictures && { pictures }),
    ...(unread && { unread }),
    requeued: [...tally.asked.values()].reduce((sum, ids) => sum + ids.size, 0),
  }
}

const errorsFirst = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'))

/**
 * Adds findings of one severity.
 * @param count all of them, where only the first are given
 */
export function noteFindings(tally: Tally, findings: readonly Finding[], count = findings.length): void {
  const severity = findings[0]?.severity
  tally.findings.push(...findings.slice(0, mostListed))
  tally.findingCount += count
  if (severity === 'error') tally.findingErrors += count
}

export function noteAsked(tally: Tally, entity: string, ids: readonly string[]): void {
  if (ids.length > 0) tally.asked.set(entity, new Set([...(tally.asked.get(entity) ?? []), ...ids]))
}

/** One record that Zoho did not show, though it showed others; nothing is known of it then. */
export function noteUnread(tally: Tally, id: string, code: string): void {
  // A second look that fails like the first says nothing new.
  if (tally.findings.some((each) => each.check === 'unread' && each.source_entity_id === id)) return
  const message = `Zoho did not give the document of this record (${code}); nothing is known of it`
  noteFindings(tally, [
    { check: 'unread', severity: 'error', source_entity_id: id, expected: 'a document', found: code, message },
  ])
}
