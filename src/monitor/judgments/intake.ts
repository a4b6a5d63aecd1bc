import { duration, graded, reason } from '../reason.ts'
import type { Judgment } from './judgment.ts'

const waiting: Judgment = ({ vitals, thresholds }) =>
  graded(
    'webhooks_waiting',
    vitals.oldest_waiting_webhook_seconds,
    thresholds.waiting_webhook_seconds,
    (age) => `A webhook was kept ${duration(age)} ago and is not queued yet`,
  )

/** It ends with the next webhook, not with the end of the busy hours: the open alert remembers that it was found. */
const silent: Judgment = ({ silence, vitals }) => {
  const isKnown = vitals.open_alerts.some(({ fingerprint }) => fingerprint === 'webhooks-silent')
  if (!silence.isSilent || !(silence.isBusyHour || isKnown)) return []
  const words = `No webhook has come for ${duration(silence.seconds)}; in this hour of the week ${silence.usual} are usual`
  return [reason('webhooks_silent', 'warning', words)]
}

const missed: Judgment = ({ vitals }) =>
  vitals.open_alerts
    .filter(({ fingerprint }) => fingerprint === 'missed-webhooks')
    .map(({ message }) => reason('missed_webhooks', 'warning', message))

export const intake: readonly Judgment[] = [waiting, silent, missed]
