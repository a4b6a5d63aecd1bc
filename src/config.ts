import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { isLoopback, zohoHosts } from './config/hosts.ts'
import { nearest } from './config/nearest.ts'
import { type SettingName, type SettingValues, settings } from './config/settings.ts'
import { TdsError } from './errors.ts'

export { type DescribedSetting, describeSettings } from './config/describe.ts'

export { nearest } from './config/nearest.ts'

export type Config = ReturnType<typeof arrange>
export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process over what `.env` in the working folder says; the only reader of `process.env`. */
export function processEnvironment(): Environment {
  const file = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {}
  return { ...file, ...process.env }
}

/**
 * Environment → configuration, frozen.
 * @throws TdsError `CONFIG_INVALID` naming every fault at once, one a line.
 */
export function loadConfig(env: Environment = processEnvironment()): Config {
  const faults: string[] = []
  const values = readSettings(env, faults)
  faults.push(...crossChecks(values))
  if (!isComplete(values, faults)) {
    throw new TdsError(
      'CONFIG_INVALID',
      'input',
      `The configuration has ${faults.length} fault(s):\n- ${faults.join('\n- ')}`,
    )
  }
  return Object.freeze(arrange(values))
}

function readSettings(env: Environment, faults: string[]): Partial<SettingValues> {
  faults.push(...unknownNames(env))
  const values: Record<string, unknown> = {}
  for (const [name, { schema }] of Object.entries(settings)) {
    const result = schema.safeParse(rawValue(env, name, faults))
    if (result.success) values[name] = result.data
    else faults.push(...result.error.issues.map((issue) => `${name}: ${issue.message}`))
  }
  // Each value went through its own schema above, so the record has the shape SettingValues derives from them.
  return values as Partial<SettingValues>
}

/** A setting whose value was refused is the only one that can be missing. */
const isComplete = (_values: Partial<SettingValues>, faults: readonly string[]): _values is SettingValues =>
  faults.length === 0

/** An empty string counts as unset: that is what compose files and CI forms send for "nothing". */
function rawValue(env: Environment, name: string, faults: string[]): string | undefined {
  const direct = env[name] || undefined
  const file = env[`${name}_FILE`] || undefined
  if (!file) return direct
  if (direct) faults.push(`${name}: set either ${name} or ${name}_FILE, not both`)
  if (!existsSync(file)) {
    faults.push(`${name}_FILE: no file at ${file}`)
    return undefined
  }
  return readFileSync(file, 'utf8').trim() || undefined
}

function unknownNames(env: Environment): string[] {
  const known = new Set(Object.keys(settings).flatMap((name) => [name, `${name}_FILE`]))
  return Object.keys(env)
    .filter((name) => name.startsWith('TDS_') && !known.has(name))
    .map((name) => `${name}: no such setting${suggestion(name, known)}`)
}

function suggestion(name: string, known: ReadonlySet<string>): string {
  const best = nearest(
    name,
    [...known].filter((each) => each.startsWith('TDS_')),
  )
  return best ? `; did you mean ${best}?` : ''
}

/** Rules between settings, over those that could be read: one refused value hides no other fault. */
function crossChecks(values: Partial<SettingValues>): string[] {
  const faults: string[] = []
  const api = values.ZOHO_API_URL
  if ((values.TDS_ZOHO_PER_MINUTE ?? 0) > 100 && !(api && isLoopback(api))) {
    faults.push('TDS_ZOHO_PER_MINUTE: above 100 only towards a loopback host; Zoho allows 100 a minute')
  }
  const secrets = values.TDS_WEBHOOK_SECRET ?? []
  if (secrets.length > 2) faults.push('TDS_WEBHOOK_SECRET: at most two secrets')
  faults.push(...alertChecks(values))
  if (values.NODE_ENV === 'production') faults.push(...productionChecks(values))
  return faults
}

/** Half a channel would tell nobody anything. */
function alertChecks(values: Partial<SettingValues>): string[] {
  const mail = ['TDS_SMTP_URL', 'TDS_ALERT_EMAIL_FROM', 'TDS_ALERT_EMAIL_TO'] as const
  const hook = ['TDS_ALERT_WEBHOOK_URL', 'TDS_ALERT_WEBHOOK_SECRET'] as const
  return [mail, hook].flatMap((channel) => {
    const missing = channel.filter((name) => !values[name]?.length)
    if (missing.length === channel.length) return []
    return missing.map(
      (name) => `${name}: required beside ${channel.filter((each) => each !== name && values[each]).join(' and ')}`,
    )
  })
}

const placeholders =
  /^(change-?(me|it)|replace-?me|secret|password|postgres|letmein|example|todo|test|admin|default|(your|my|some)[-_].*|<.*>|x+|\*+)$/i

/** Production: nothing missing, nothing weak, nothing copied from an example. */
function productionChecks(values: Partial<SettingValues>): string[] {
  const faults: string[] = []
  const required = [
    'DATABASE_URL',
    'ZOHO_CLIENT_ID',
    'ZOHO_CLIENT_SECRET',
    'ZOHO_REFRESH_TOKEN',
    'ZOHO_ORGANIZATION_ID',
    'TDS_ADMIN_KEY',
  ] as const
  for (const name of required) if (!values[name]) faults.push(`${name}: required in production`)
  if (!values.TDS_WEBHOOK_SECRET?.length && !values.TDS_WEBHOOK_KEY) {
    faults.push('TDS_WEBHOOK_SECRET: required in production (or TDS_WEBHOOK_KEY)')
  }
  for (const value of values.TDS_WEBHOOK_SECRET ?? []) faults.push(...weakness('TDS_WEBHOOK_SECRET', value, 12))
  faults.push(...weakness('TDS_WEBHOOK_KEY', values.TDS_WEBHOOK_KEY, 32))
  faults.push(...weakness('TDS_ADMIN_KEY', values.TDS_ADMIN_KEY, 32))
  faults.push(...weakness('TDS_ENCRYPTION_KEY', values.TDS_ENCRYPTION_KEY, 32))
  faults.push(...weakness('TDS_ALERT_WEBHOOK_SECRET', values.TDS_ALERT_WEBHOOK_SECRET, 16))
  faults.push(...weakness('ZOHO_CLIENT_SECRET', values.ZOHO_CLIENT_SECRET, 12))
  faults.push(...weakness('ZOHO_REFRESH_TOKEN', values.ZOHO_REFRESH_TOKEN, 12))
  for (const name of ['DATABASE_URL', 'TDS_SMTP_URL'] as const) faults.push(...defaultPassword(name, values[name]))
  return faults
}

/** How long a password is, the server behind the URL decides; that it is nobody's default, we do. */
function defaultPassword(name: SettingName, url: string | undefined): string[] {
  const { password } = new URL(url ?? 'none:')
  return placeholders.test(decodeURIComponent(password)) ? [`${name}: its password is a known placeholder`] : []
}

function weakness(name: SettingName, value: string | undefined, least: number): string[] {
  if (value === undefined) return []
  if (placeholders.test(value.replace(/^tds_/, ''))) return [`${name}: a known placeholder; make a real one`]
  if (new Set(value).size < 6) return [`${name}: too few different characters to be a secret`]
  return value.length < least ? [`${name}: shorter than ${least} characters`] : []
}

function arrange(values: SettingValues) {
  const production = values.NODE_ENV === 'production'
  const dataDir = resolve(values.TDS_DATA_DIR)
  const hosts = zohoHosts[values.ZOHO_DATA_CENTER]
  return {
    production,
    host: values.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    port: values.PORT,
    publicUrl: values.TDS_PUBLIC_URL,
    trustProxy:
      values.TDS_TRUST_PROXY === 'true' ? true : values.TDS_TRUST_PROXY === 'false' ? false : values.TDS_TRUST_PROXY,
    dataDir,
    logLevel: values.TDS_LOG_LEVEL,
    database: { url: values.DATABASE_URL, connections: values.TDS_DATABASE_CONNECTIONS },
    zoho: {
      clientId: values.ZOHO_CLIENT_ID,
      clientSecret: values.ZOHO_CLIENT_SECRET,
      refreshToken: values.ZOHO_REFRESH_TOKEN,
      organizationId: values.ZOHO_ORGANIZATION_ID,
      apiUrl: values.ZOHO_API_URL ?? hosts.api,
      accountsUrl: values.ZOHO_ACCOUNTS_URL ?? hosts.accounts,
      /** Hosts the token reply's `api_domain` may name: Zoho's data centres; none where an override was configured. */
      apiDomains: values.ZOHO_API_URL === undefined ? Object.values(zohoHosts).map(({ api }): string => api) : [],
      perMinute: values.TDS_ZOHO_PER_MINUTE,
      perDay: values.TDS_ZOHO_PER_DAY,
      concurrency: values.TDS_ZOHO_CONCURRENCY,
      paths: values.TDS_ZOHO_PATHS ?? {},
      encryptionKey: values.TDS_ENCRYPTION_KEY,
    },
    webhook: {
      secrets: values.TDS_WEBHOOK_SECRET ?? [],
      key: values.TDS_WEBHOOK_KEY,
      maxBytes: values.TDS_WEBHOOK_MAX_BYTES,
      observe: values.TDS_WEBHOOK_OBSERVE,
    },
    spool: { dir: resolve(values.TDS_SPOOL_DIR ?? join(dataDir, 'spool')), maxBytes: values.TDS_SPOOL_MAX_BYTES },
    images: {
      dir: resolve(values.TDS_IMAGE_DIR ?? join(dataDir, 'images')),
      concurrency: values.TDS_IMAGE_CONCURRENCY,
      maxBytes: values.TDS_IMAGE_MAX_BYTES,
    },
    admin: { key: values.TDS_ADMIN_KEY },
    lockout: { tries: values.TDS_LOCKOUT_TRIES, seconds: values.TDS_LOCKOUT_SECONDS },
    alerts: {
      smtpUrl: values.TDS_SMTP_URL,
      emailFrom: values.TDS_ALERT_EMAIL_FROM,
      emailTo: values.TDS_ALERT_EMAIL_TO ?? [],
      slackUrl: values.TDS_ALERT_SLACK_URL,
      webhookUrl: values.TDS_ALERT_WEBHOOK_URL,
      webhookSecret: values.TDS_ALERT_WEBHOOK_SECRET,
      deadManUrl: values.TDS_DEADMAN_URL,
    },
    fields: { nameAr: values.TDS_NAME_AR_FIELD, descriptionAr: values.TDS_DESCRIPTION_AR_FIELD },
    scheduler: values.TDS_SCHEDULER,
    drainMs: values.TDS_DRAIN_SECONDS * 1000,
  } as const
}
