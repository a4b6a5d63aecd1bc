import { reason } from '../reason.ts'
import type { Judgment } from './judgment.ts'

export const token: Judgment = ({ zoho: { configured, token } }) => {
  if (!configured) return [reason('zoho_not_configured', 'warning', 'No Zoho credentials are configured')]
  if (!token.pausedAt) return []
  const words = `Zoho refuses our credentials (${token.errorCode ?? 'no code'}) since ${token.pausedAt.toISOString()}; the sync is paused`
  return [reason('token_paused', 'critical', words)]
}

export const budget: Judgment = ({ at, zoho, thresholds }) => {
  const { blockedUntil, blockCode } = zoho.budget
  const blocked = blockedUntil !== null && blockedUntil.getTime() > at
  const words = `Zoho blocks our calls (code ${blockCode ?? 'unknown'}) until ${blockedUntil?.toISOString()}`
  return [
    ...(blocked ? [reason('zoho_blocked', 'warning', words)] : []),
    ...Object.entries(zoho.products).flatMap(
      ([product, { dayLimit, dayUsed, dayRemaining, breaker, breakerFailures }]) => {
        // Others may have used it, too: what is left counts as well as what we took.
        const used = Math.max(dayUsed, dayRemaining === null ? 0 : dayLimit - dayRemaining)
        const usedPercent = dayLimit > 0 ? (used / dayLimit) * 100 : 0
        const quota = `${product}: ${Math.floor(usedPercent)} % of the day's ${dayLimit} calls are used`
        const stopped = `${product}: calls are stopped after ${breakerFailures} failure(s) in a row`
        return [
          ...(usedPercent > thresholds.day_quota_percent ? [reason('day_quota', 'warning', quota)] : []),
          ...(breaker === 'closed' ? [] : [reason('breaker_open', 'warning', stopped)]),
        ]
      },
    ),
  ]
}
