import { z } from 'zod'

export const channelNames = ['email', 'slack', 'webhook'] as const
export type ChannelName = (typeof channelNames)[number]

/** What a channel tells people: the alert as it was when the notice was made. Also the body of the generic webhook. */
export const noticeShape = z.object({
  kind: z.enum(['opened', 'escalated', 'reminder', 'resolved', 'test']),
  at: z.string(),
  alert: z.object({
    /** Null in a test. */
    id: z.number().nullable(),
    fingerprint: z.string(),
    severity: z.enum(['warning', 'critical']),
    status: z.enum(['open', 'acknowledged', 'resolved']),
    title: z.string(),
    message: z.string(),
    opened_at: z.string(),
    resolved_at: z.string().nullable(),
  }),
  runbook: z.string().nullable(),
  /** Where the service is, if it was told. */
  url: z.string().nullable(),
})
export type Notice = z.output<typeof noticeShape>
export type NoticeKind = Exclude<Notice['kind'], 'test'>

/** What an alert is, and what people were last told of it. */
export interface Told {
  readonly severity: 'warning' | 'critical'
  readonly status: 'open' | 'acknowledged' | 'resolved'
  readonly notified_as: 'nothing' | 'warning' | 'critical' | 'resolved'
  readonly notified_at: Date | null
}

/**
 * Which notice is due; `eased` is remembered and told to nobody. Decided by what the row says and nothing else, so it
 * does not matter who looks, nor how often.
 */
export function noticeDue(
  { severity, status, notified_as: told, notified_at }: Told,
  now: number,
  renotifySeconds: Readonly<Record<'warning' | 'critical', number>>,
): NoticeKind | 'eased' | null {
  if (status === 'resolved') return told === 'warning' || told === 'critical' ? 'resolved' : null
  if (told === 'nothing' || told === 'resolved') return 'opened'
  if (severity !== told) return severity === 'critical' ? 'escalated' : 'eased'
  const isDue = notified_at === null || now - notified_at.getTime() >= renotifySeconds[severity] * 1000
  return status === 'open' && isDue ? 'reminder' : null
}
