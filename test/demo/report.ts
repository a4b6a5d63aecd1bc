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
  const { entities, stock, calls } = summary
  return [
    '',
    ...formatTable(
      ['', 'in Zoho', 'here', 'written', 'unchanged', 'skipped', 'failed'],
      entities.map((row) => [row.entity, row.inZoho, row.here, row.changed, row.unchanged, row.skipped, row.failed]),
    ),
    '',
    ...formatTable(
      ['stock by location', 'rows', 'on hand'],
      stock.map((place) => [place.location, place.rows, Number(place.on_hand)]),
    ),
    '',
    ...pictureLines(summary),
    `Calls      ${count(calls.total)} used, ${count(summary.lowerBound)} is the fewest possible (organisation, pages of 200, details by 100, one a new image); ${calls.tokenRequests} for a token`,
    `Limits     ${calls.refused} replies with 429; at most ${count(calls.maxInSlidingMinute)} calls in any 60 s, ${calls.maxConcurrency} at once`,
    ...minuteLines(summary, timing),
    `Time       ${timing.elapsedSeconds.toFixed(1)} s${timing.productsSeconds === undefined ? '' : `; products complete after ${timing.productsSeconds.toFixed(1)} s`}`,
    `Changed    ${count(summary.rowsChanged)} rows written, ${count(summary.picturesFetched)} images downloaded`,
    '',
    ...verdict(summary),
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
  return [
    `Minutes    ${calls.perMinute.map((minute) => `${minute.minute.slice(11, 16)} ${minute.calls}`).join(', ')}`,
    `           ${full.length} full minutes at ${share(average)} of ${perMinute} allowed calls, in ${duration(elapsedSeconds)}`,
  ]
}

function verdict({ differences, rowsChanged, picturesFetched }: Summary): string[] {
  if (differences.length > 0)
    return ['The mirror is not equal to the simulated Zoho:', ...differences.map((each) => `- ${each}`)]
  const nothingNew = rowsChanged === 0 && picturesFetched === 0
  return [
    nothingNew
      ? 'Nothing had changed: 0 rows written, 0 images downloaded. The mirror equals the simulated Zoho.'
      : 'The mirror equals the simulated Zoho.',
  ]
}

const count = (value: number): string => value.toLocaleString('en-US')
