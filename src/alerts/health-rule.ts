import type { Reading } from './reading.ts'
import type { HealthReason, Limit } from './sight.ts'

/** Reasons of health that have a rule, or a room, of their own to raise the alarm. */
export const toldByOthers: Readonly<Record<string, string>> = {
  backlog: 'queue-pending',
  failing: 'queue-failed',
  dead_letters: 'dead-letters',
  token_paused: 'token-dead',
  day_quota: 'day-quota',
  sync_overdue: 'sync-delay',
  never_synced: 'never-synced',
  webhooks_silent: 'webhooks-silent',
  missed_webhooks: 'missed-webhooks',
  run_held: 'mass-change',
  images_paused: 'images-scope',
}

/** Reasons of health that no alert can tell of, and why. */
export const toldByNobody: Readonly<Record<string, string>> = {
  database_away: 'alerts are rows of the database; that the dead-man call stays away tells of it',
}

const shownWords = 5

/**
 * Every other reason that lasts is an alert, `health:<code>`, however many things it is given for: who adds a judgment
 * need not think of its alert.
 */
export function healthRule(reasons: readonly HealthReason[], lasting: Limit): readonly Reading[] {
  const codes = new Set(
    reasons.map(({ code }) => code).filter((code) => !(code in toldByOthers) && !(code in toldByNobody)),
  )
  return [...codes].map((code) => {
    const found = reasons.filter((reason) => reason.code === code)
    const severity = found.some((reason) => reason.severity === 'unhealthy') ? 'critical' : 'warning'
    const words = found.map((reason) => reason.words)
    const more = words.length > shownWords ? [`and ${words.length - shownWords} more`] : []
    return {
      fingerprint: `health:${code}`,
      grade: severity,
      stays: severity,
      title: `Health: ${code.replaceAll('_', ' ')}`,
      message: `${[...words.slice(0, shownWords), ...more].join('; ')}.`,
      anchor: found[0]?.runbook.split('#')[1] ?? '',
      openAfterSeconds: lasting[severity],
      lastedSeconds: 0,
      inhibited: false,
    }
  })
}
