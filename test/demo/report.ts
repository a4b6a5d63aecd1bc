import { duration, formatTable } from '../../src/cli/index.ts'
import type { Summary } from './summary.ts'

export interface Timing {
  readonly elapsedSeconds: number
  /** From the start of the sync until the products were all here. */
  readonly productsSeconds: number | undefined
  /** Calls a minute TDS may make; set where that is worth a line a minute. */
  readonly perMinute: number | undefined
}

/** The summary in words and tables. */
export function reportLines(summary: Summary, timing: Timing): string[] {
  return [
    '',
    ...entityTable(summary),
    '',
    ...lineTable(summary),
    '',
    ...stockTable(summary),
    '',
    ...historyLines(summary),
    ...pictureLines(summary),
    ...callLines(summary),
    ...minuteLines(summary, timing),
    `Time       ${timing.elapsedSeconds.toFixed(1)} s${timing.productsSeconds === undefined ? '' : `; products complete after ${timing.productsSeconds.toFixed(1)} s`}`,
    `Changed    ${count(summary.rowsChanged)} rows written, ${count(summary.picturesFetched)} images downloaded`,
    '',
    ...verdict(summary),
  ]
}

function entityTable({ entities, organisation, callsMade, fewest }: Summary): string[] {
  const none = [null, null, null, null, null, null]
  return formatTable(
    ['', 'in Zoho', 'here', 'written', 'unchanged', 'skipped', 'failed', 'calls', 'fewest'],
    [
      ['organisation', ...none, organisation.calls, organisation.fewest],
      ...entities.map((row) => [
        row.entity,
        row.inZoho,
        row.here,
        row.changed,
        row.unchanged,
        row.skipped,
        row.failed,
        row.calls,
        row.fewest,
      ]),
      ['all', ...totals(entities), callsMade, fewest],
    ],
  )
}

const totals = (entities: Summary['entities']): number[] =>
  (['inZoho', 'here', 'changed', 'unchanged', 'skipped', 'failed'] as const).map((figure) =>
    entities.reduce((sum, row) => sum + row[figure], 0),
  )

function lineTable({ lines }: Summary): string[] {
  const computed = lines.filter((line) => line.computed > 0)
  return formatTable(
    ['lines', 'in Zoho', 'here', 'written'],
    [
      ...lines.map((line) => [line.table, line.inZoho, line.here, line.changed]),
      ...computed.map((line) => [`${line.table}, computed here`, null, line.computed, null]),
    ],
  )
}

const stockTable = ({ stock }: Summary): string[] =>
  formatTable(
    ['stock by location', 'rows', 'on hand'],
    stock.map((place) => [place.location, place.rows, Number(place.on_hand)]),
  )

/** What Zoho's limits leave for later days. */
function historyLines({ history }: Summary): string[] {
  if (history.length === 0) return []
  return [
    ...formatTable(
      ['history left to the backfill', 'documents', 'a day', 'complete on'],
      history.map((each) => [each.entity, each.pending, each.share_per_day, each.finish_date]),
    ),
    '',
  ]
}

function callLines({ calls, callsMade, fewest, resumed }: Summary): string[] {
  const own = callsMade === calls.total ? '' : ` (${count(callsMade)} by the count of TDS)`
  return [
    `Calls      ${count(calls.total)} used${own}, ${count(fewest)} is the fewest possible: pages of 200, items by 100, one a due document or new image (a damaged one is asked for twice); ${calls.tokenRequests} for a token`,
    ...(resumed.length > 0 ? [`           without those of earlier processes for ${resumed.join(', ')}`] : []),
    `Limits     ${calls.refused} replies with 429; at most ${count(calls.maxInSlidingMinute)} calls in any 60 s, ${calls.maxConcurrency} at once`,
  ]
}

function pictureLines({ pictures, expectedPictures: expected }: Summary): string[] {
  return [
    `Images     ${count(pictures.present)} present of ${count(expected.good)} good ones at the source, ${pictures.broken} broken (${expected.broken} at the source), ${pictures.refused} refused (${expected.refused})`,
  ]
}

/** Full minutes only: the first and the last were not there to be used up. */
function minuteLines({ calls }: Summary, { perMinute, elapsedSeconds }: Timing): string[] {
  if (perMinute === undefined) return []
  const full = calls.perMinute.slice(1, -1)
  const share = (used: number) => `${Math.round((used / perMinute) * 100)} %`
  const average = full.reduce((sum, minute) => sum + minute.calls, 0) / Math.max(1, full.length)
  const minutes = calls.perMinute.map((minute) => `${minute.minute.slice(11, 16)} ${minute.calls}`).join(', ')
  const used = `${full.length} full minutes at ${share(average)} of ${perMinute} allowed calls`
  return [`Minutes    ${minutes}`, ...(full.length > 0 ? [`           ${used}, in ${duration(elapsedSeconds)}`] : [])]
}

function verdict({ differences, rowsChanged, picturesFetched, history }: Summary): string[] {
  if (differences.length > 0)
    return ['The mirror is not equal to the simulated Zoho:', ...differences.map((each) => `- ${each}`)]
  const equal = history.length > 0 ? 'The mirror equals the simulated Zoho as far as it was read.' : theEqual
  const isNothingNew = rowsChanged === 0 && picturesFetched === 0
  return [isNothingNew ? `Nothing had changed: 0 rows written, 0 images downloaded. ${equal}` : equal]
}

const theEqual = 'The mirror equals the simulated Zoho.'

const count = (value: number): string => value.toLocaleString('en-US')
