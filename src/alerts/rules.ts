import { healthRule } from './health-rule.ts'
import type { Reading, Severity } from './reading.ts'
import type { HealthReason, Limit, Sight, WebhookFacts } from './sight.ts'
import { duration } from './words.ts'

type Rule = (sight: Sight, webhooks: WebhookFacts) => readonly Reading[]

/** An open alert is over below this part of its limit. */
const easing = 0.8

const over = (value: number, { warning, critical }: Limit): Severity | null =>
  value > critical ? 'critical' : value > warning ? 'warning' : null

const graded = (value: number, limit: Limit): Pick<Reading, 'grade' | 'stays'> => ({
  grade: over(value, limit),
  stays: over(value, { warning: limit.warning * easing, critical: limit.critical * easing }),
})

const only = (severity: Severity, isSo: boolean, staysSo = isSo): Pick<Reading, 'grade' | 'stays'> => ({
  grade: isSo ? severity : null,
  stays: staysSo ? severity : null,
})

const atOnce = { openAfterSeconds: 0, lastedSeconds: 0, inhibited: false }

const queue: Rule = ({ depth, vitals, thresholds }) => {
  const lasting = { openAfterSeconds: thresholds.oldest_due_seconds.warning, inhibited: false }
  const oldest = duration(depth.oldest_due_seconds ?? 0)
  return [
    {
      fingerprint: 'queue-pending',
      ...graded(depth.due, thresholds.pending),
      title: 'Work is due and not done',
      message: `${depth.due} item(s) are due, the oldest for ${oldest}.`,
      anchor: 'backlog',
      ...lasting,
      lastedSeconds: depth.oldest_due_seconds ?? 0,
    },
    {
      fingerprint: 'queue-failed',
      ...graded(vitals.failed_live, thresholds.failed),
      title: 'Many items fail',
      message: `${vitals.failed_live} item(s) failed and wait for their next attempt.`,
      anchor: 'failing',
      ...lasting,
      lastedSeconds: 0,
    },
  ]
}

const deadLetters: Rule = ({ depth, thresholds }) => [
  {
    fingerprint: 'dead-letters',
    ...graded(depth.dead_letter, thresholds.dead_letter),
    title: 'Dead letters wait for a person',
    message: `${depth.dead_letter} item(s) could not be done and are not tried again by themselves.`,
    anchor: 'dead-letters',
    ...atOnce,
  },
]

const token: Rule = ({ zoho: { token } }) => [
  {
    fingerprint: 'token-dead',
    ...only('critical', token.pausedAt !== null),
    title: 'Zoho refuses our credentials',
    message: `The sync is paused since ${token.pausedAt?.toISOString()} (${token.errorCode ?? 'no code'}).`,
    anchor: 'zoho-token',
    ...atOnce,
  },
]

const quota: Rule = ({ zoho, thresholds: { day_quota_percent: limit } }) =>
  Object.entries(zoho.products).map(([product, { dayLimit, dayUsed, dayRemaining }]) => {
    // Others may have used it, too: what is left counts as well as what we took.
    const used = Math.max(dayUsed, dayRemaining === null ? 0 : dayLimit - dayRemaining)
    const percent = dayLimit > 0 ? (used / dayLimit) * 100 : 0
    return {
      fingerprint: `day-quota:${product}`,
      ...only('warning', percent > limit, percent > limit * easing),
      title: `The day's calls to Zoho ${product} are nearly used`,
      message: `${used} of ${dayLimit} calls (${Math.floor(percent)} %) are used.`,
      anchor: 'zoho-limits',
      ...atOnce,
    }
  })

const delays: Rule = ({ at, runs, plannedEvery, zoho, thresholds }) => {
  const ages = [...plannedEvery].flatMap(([entity, every]) => {
    const settledAt = runs.get(entity)?.settledAt
    return settledAt ? [{ entity, every, age: Math.floor((at - settledAt.getTime()) / 1000) }] : []
  })
  // Where even the most frequent run is planned more rarely, that is the measure.
  const patience = Math.max(thresholds.no_sync_seconds, 2 * Math.min(...ages.map(({ every }) => every)))
  const newest = Math.min(...ages.map(({ age }) => age))
  const stopped = ages.length > 0 && newest > patience
  return [
    {
      fingerprint: 'sync-stopped',
      ...only('critical', stopped),
      title: 'Nothing was synced',
      message: `No complete run of any entity has ended for ${duration(stopped ? newest : 0)}.`,
      anchor: 'sync-overdue',
      ...atOnce,
      inhibited: zoho.token.pausedAt !== null,
    },
    ...ages.map(({ entity, every, age }) => ({
      fingerprint: `sync-delay:${entity}`,
      ...graded(age - every, thresholds.sync_delay_seconds),
      title: `The sync of ${entity} is late`,
      message: `Its last complete run ended ${duration(age)} ago, ${duration(Math.max(0, age - every))} past its due time.`,
      anchor: 'sync-overdue',
      ...atOnce,
      inhibited: stopped || zoho.token.pausedAt !== null,
    })),
  ]
}

/** A young installation has half an hour for the first run of each entity. */
const neverSynced: Rule = ({ runs, plannedEvery, zoho, thresholds }) =>
  [...plannedEvery.keys()].map((entity) => ({
    fingerprint: `never-synced:${entity}`,
    ...only('warning', !runs.get(entity)?.settledAt),
    title: `${entity} was never synced`,
    message: 'The timetable plans it, and no complete run of it has ended yet.',
    anchor: 'never-synced',
    openAfterSeconds: thresholds.sync_delay_seconds.warning,
    lastedSeconds: 0,
    inhibited: zoho.token.pausedAt !== null,
  }))

const silence: Rule = ({ silence: { isSilent, isBusyHour, usual, seconds } }) => [
  {
    fingerprint: 'webhooks-silent',
    // It ends with the next webhook, not with the end of the busy hours.
    ...only('warning', isSilent && isBusyHour, isSilent),
    title: 'No webhooks arrive',
    message: `No webhook has come for ${duration(seconds)}; in this hour of the week ${usual} are usual.`,
    anchor: 'webhooks-silent',
    ...atOnce,
  },
]

const missed: Rule = ({ thresholds }, webhooks) => {
  const total = [...webhooks.missed.values()].reduce((sum, count) => sum + count, 0)
  const which = [...webhooks.missed].map(([entity, count]) => `${entity} ${count}`).join(', ')
  return [
    {
      fingerprint: 'missed-webhooks',
      ...only('critical', total >= thresholds.missed_webhooks),
      title: 'Edits arrive without their webhooks',
      message: `In 24 hours incremental runs found ${total} edit(s) that no webhook told of (${which}).`,
      anchor: 'missed-webhooks',
      ...atOnce,
    },
  ]
}

const unsupported: Rule = (_sight, webhooks) => {
  const total = [...webhooks.unsupported.values()].reduce((sum, count) => sum + count, 0)
  const which = [...webhooks.unsupported].map(([module, count]) => `${module} ${count}`).join(', ')
  return [
    {
      fingerprint: 'webhooks-unsupported',
      ...only('warning', total > 0),
      title: 'Webhooks come that nothing here mirrors',
      message: `In 24 hours ${total} webhook(s) were parked because no entity has their module (${which}).`,
      anchor: 'webhooks-unsupported',
      ...atOnce,
    },
  ]
}

const rules: readonly Rule[] = [queue, deadLetters, token, quota, delays, neverSynced, silence, missed, unsupported]

/** Everything the rules have an opinion on, calm or not. @param reasons why health is not healthy */
export const readAll = (
  sight: Sight,
  webhooks: WebhookFacts,
  reasons: readonly HealthReason[] = [],
): readonly Reading[] => [
  ...rules.flatMap((rule) => rule(sight, webhooks)),
  ...healthRule(reasons, sight.thresholds.health_alert_seconds),
]

const own = new Set([
  'queue-pending',
  'queue-failed',
  'dead-letters',
  'token-dead',
  'day-quota',
  'sync-stopped',
  'sync-delay',
  'never-synced',
  'webhooks-silent',
  'missed-webhooks',
  'webhooks-unsupported',
  'health',
])

/** Other rooms open alerts too (a held run, paused pictures); those end where they began. */
export const isOurs = (fingerprint: string): boolean => own.has(fingerprint.split(':', 1)[0] ?? '')
