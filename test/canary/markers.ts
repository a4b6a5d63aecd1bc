import { settings } from '../../src/config/settings.ts'

/** A value for every secret setting that is found again wherever it turns up, and fits what the setting takes. */
export function markersFor(hosts: Readonly<Record<'smtp' | 'http', string>>): {
  readonly env: Record<string, string>
  readonly markers: readonly string[]
} {
  const markers: string[] = []
  const marker = (name: string): string => {
    const text = `canary${name.replace(/[^A-Z]/g, '').toLowerCase()}7Qx2Lm9Vt4Kp8Rz3Wd6Yb`
    markers.push(text)
    return text
  }
  const shapes: Readonly<Record<string, (text: string) => string>> = {
    TDS_ADMIN_KEY: (text) => `tds_${text}`,
    // Two live ones.
    TDS_WEBHOOK_SECRET: (text) => `${text},${marker('SECOND')}`,
    TDS_SMTP_URL: (text) => `smtp://tds:${text}@${hosts.smtp}`,
    TDS_ALERT_SLACK_URL: (text) => `${hosts.http}/services/T0/${text}`,
    TDS_ALERT_WEBHOOK_URL: (text) => `${hosts.http}/hook?token=${text}`,
    TDS_DEADMAN_URL: (text) => `${hosts.http}/ping/${text}`,
  }
  const names = Object.entries(settings).flatMap(([name, setting]) => ('secret' in setting ? [name] : []))
  const env = Object.fromEntries(
    names.filter((name) => name !== 'DATABASE_URL').map((name) => [name, shapes[name]?.(marker(name)) ?? marker(name)]),
  )
  return { env: { ...env, TDS_ALERT_EMAIL_FROM: 'tds@example.com', TDS_ALERT_EMAIL_TO: 'ops@example.com' }, markers }
}
