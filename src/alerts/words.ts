import type { Notice } from './notice.ts'

export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`
  return `${Math.floor(seconds / 3600)} h`
}

const openings: Readonly<Record<Notice['kind'], string>> = {
  opened: '',
  escalated: 'now critical: ',
  reminder: 'still open: ',
  resolved: 'resolved: ',
  test: 'test: ',
}

/** One line, for a subject or a chat. */
export const subjectOf = ({ kind, alert }: Notice): string =>
  `[TDS ${alert.severity}] ${openings[kind]}${alert.title}`.replaceAll(/[\r\n]+/g, ' ')

/** The whole notice as plain text. */
export function textOf(notice: Notice): string {
  const { alert, at, runbook, url } = notice
  const lines = [
    alert.message,
    '',
    `Alert ${alert.fingerprint}${alert.id === null ? '' : ` (${alert.id})`}, open since ${alert.opened_at}`,
    ...(alert.resolved_at === null ? [] : [`Resolved ${alert.resolved_at}`]),
    ...(runbook === null ? [] : [`What to do: ${runbook}`]),
    ...(url === null ? [] : [`Service: ${url}`]),
    `Told ${at}`,
  ]
  return lines.join('\n')
}
