import { graded, reason } from '../reason.ts'
import type { Judgment } from './judgment.ts'

const missing: Judgment = ({ pictures, thresholds }) =>
  graded(
    'images_missing',
    pictures.missing,
    thresholds.images_missing,
    (count) => `${count} picture(s) that the rows name were looked for and are not in the folder`,
  )

const failing: Judgment = ({ pictures: { present, bad }, thresholds }) =>
  graded(
    'images_failing',
    bad < thresholds.images_failing_least ? 0 : (bad / (present + bad)) * 100,
    thresholds.images_failing_percent,
    (percent) =>
      `${bad} of ${present + bad} pictures (${Math.floor(percent)} %) cannot be used: broken, refused or too large`,
  )

/** Code 57: without Zoho's permission every picture would fail the same way. */
const paused: Judgment = ({ vitals }) =>
  vitals.open_alerts
    .filter(({ fingerprint }) => fingerprint === 'images-scope')
    .map(({ message }) => reason('images_paused', 'warning', message))

export const pictures: readonly Judgment[] = [missing, failing, paused]
