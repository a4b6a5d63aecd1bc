import { z } from 'zod'

/**
 * Every environment variable TDS reads: its schema, default and meaning, in the order of the README's table, which is
 * generated from here. Each one also exists as `<NAME>_FILE`, holding the path of a file with the value.
 */
export interface Setting<S extends z.ZodType = z.ZodType> {
  readonly schema: S
  readonly about: string
  /** Shown as set/unset only, never printed. */
  readonly secret?: true
}

const setting = <S extends z.ZodType>(schema: S, about: string): Setting<S> => ({ schema, about })
const secret = <S extends z.ZodType>(schema: S, about: string): Setting<S> => ({ schema, about, secret: true })

const text = z.string().min(1)
const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max)
const flag = z.stringbool()
const httpUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''))
const commaList = z.string().transform((list) =>
  list
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
)

const MIB = 1024 * 1024

export const settings = {
  HOST: setting(text.optional(), 'Address to listen on. Default 127.0.0.1, in production 0.0.0.0.'),
  PORT: setting(whole(0, 65_535).default(8080), 'Port to listen on; 0 takes a free one.'),
  DATABASE_URL: secret(
    z.url({ protocol: /^postgres(ql)?$/ }).optional(),
    'PostgreSQL 14 to 18. Without it, and outside production, an embedded one is started.',
  ),
  TDS_DATABASE_CONNECTIONS: setting(whole(4, 200).default(16), 'Size of the connection pool.'),
  TDS_DATA_DIR: setting(
    text.default('.tds'),
    'Where the embedded database, the spool and the images live unless set apart.',
  ),
  TDS_PUBLIC_URL: setting(httpUrl.optional(), 'The URL people and Zoho reach TDS by.'),
  TDS_IMAGE_DIR: setting(text.optional(), 'Folder of product images. Default <TDS_DATA_DIR>/images.'),
  TDS_IMAGE_CONCURRENCY: setting(whole(1, 20).default(10), 'Images downloaded at once.'),
  TDS_IMAGE_MAX_BYTES: setting(whole(10 * MIB, 200 * MIB).default(20 * MIB), 'Larger images are refused.'),
  ZOHO_CLIENT_ID: secret(text.optional(), 'OAuth client of the self-client.'),
  ZOHO_CLIENT_SECRET: secret(text.optional(), 'Its secret.'),
  ZOHO_REFRESH_TOKEN: secret(text.optional(), 'Refresh token with the read scopes of Books and Inventory.'),
  ZOHO_ORGANIZATION_ID: setting(
    z.string().regex(/^\d+$/, 'digits only').optional(),
    'The one organisation that is mirrored.',
  ),
  ZOHO_DATA_CENTER: setting(
    z.enum(['us', 'eu', 'in', 'au', 'jp', 'ca', 'cn', 'sa']).default('us'),
    'Data centre of the organisation.',
  ),
  ZOHO_API_URL: setting(
    httpUrl.optional(),
    "Takes the place of the data centre's API host (simulator, recorded replies).",
  ),
  ZOHO_ACCOUNTS_URL: setting(httpUrl.optional(), "Takes the place of the data centre's accounts host."),
  TDS_ZOHO_PER_MINUTE: setting(
    whole(10, 1_000_000).default(90),
    'Calls in any sliding 60 s. Above 100 only towards a loopback host.',
  ),
  TDS_ZOHO_PER_DAY: setting(
    whole(100, 10_000_000).optional(),
    "Calls a day and product. Default: what Zoho's header says, 2,500 until then.",
  ),
  TDS_ZOHO_CONCURRENCY: setting(whole(1, 50).default(10), 'Calls in flight at once, images included.'),
  TDS_ZOHO_PATHS: setting(
    pathOverrides().optional(),
    'Overrides of list paths, entity=path, comma separated: warehouses=/settings/warehouses.',
  ),
  TDS_WEBHOOK_SECRET: secret(
    commaList.optional(),
    "Signing secret of Zoho's webhooks; two, comma separated, while one is being replaced.",
  ),
  TDS_WEBHOOK_KEY: secret(text.optional(), 'Static key in the header X-Webhook-Key or the query ?key=.'),
  TDS_WEBHOOK_MAX_BYTES: setting(whole(1024, 64 * MIB).default(2 * MIB), 'Larger webhook bodies get 413.'),
  TDS_WEBHOOK_OBSERVE: setting(
    flag.default(false),
    'Report on refused webhooks which method would have matched. Admits nothing.',
  ),
  TDS_SPOOL_DIR: setting(
    text.optional(),
    'Where webhooks wait while PostgreSQL is away. Default <TDS_DATA_DIR>/spool.',
  ),
  TDS_SPOOL_MAX_BYTES: setting(whole(MIB, 1024 * 1024 * MIB).default(256 * MIB), 'Beyond it webhooks get 503.'),
  TDS_ADMIN_KEY: secret(
    z.string().startsWith('tds_', 'must begin with tds_').optional(),
    'Bootstrap key of the admin API.',
  ),
  TDS_ENCRYPTION_KEY: secret(text.optional(), 'Encrypts the Zoho token at rest; any text of 32 characters or more.'),
  TDS_LOCKOUT_TRIES: setting(
    whole(3, 10_000).default(20),
    'Wrong API keys an address may send within five minutes before it is locked out. Webhooks are not meant.',
  ),
  TDS_LOCKOUT_SECONDS: setting(
    whole(1, 3600).default(60),
    'How long the first lock-out of an address lasts; each further one twice as long, up to an hour.',
  ),
  TDS_TRUST_PROXY: setting(text.default('false'), "false, true, or the proxies' addresses, comma separated."),
  TDS_NAME_AR_FIELD: setting(text.default('cf_name_ar'), 'api_name of the custom field that holds the Arabic name.'),
  TDS_DESCRIPTION_AR_FIELD: setting(
    text.default('cf_description_ar'),
    'api_name of the custom field that holds the Arabic description.',
  ),
  TDS_SMTP_URL: secret(
    z.url({ protocol: /^smtps?$/ }).optional(),
    'Mail server for alerts: smtp://user:password@host:587 (STARTTLS where offered; ?requireTLS=true insists) or smtps://…:465.',
  ),
  TDS_ALERT_EMAIL_FROM: setting(text.optional(), 'Sender of alerts by e-mail.'),
  TDS_ALERT_EMAIL_TO: setting(commaList.optional(), 'Who gets alerts by e-mail, comma separated.'),
  TDS_ALERT_SLACK_URL: secret(httpUrl.optional(), 'Incoming webhook of Slack or Discord for alerts.'),
  TDS_ALERT_WEBHOOK_URL: secret(httpUrl.optional(), 'Gets alerts as JSON, signed (X-TDS-Signature).'),
  TDS_ALERT_WEBHOOK_SECRET: secret(text.optional(), 'Signs them: HMAC-SHA256 over timestamp, a dot and the body.'),
  TDS_DEADMAN_URL: secret(
    httpUrl.optional(),
    'Called once a minute while all is well (healthchecks.io, Uptime Kuma push); the other side alarms when it is not.',
  ),
  TDS_DRAIN_SECONDS: setting(
    whole(0, 300).default(0),
    'After SIGTERM it says "not ready" for so long and still serves. Behind a balancer: longer than it takes to notice.',
  ),
  TDS_SCHEDULER: setting(flag.default(true), 'Whether this process may fire the timetable.'),
  TDS_LOG_LEVEL: setting(
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    'Least level that is logged.',
  ),
  NODE_ENV: setting(
    z.enum(['development', 'test', 'production']).default('development'),
    'production refuses missing and weak secrets.',
  ),
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof settings
export type SettingValues = { readonly [N in SettingName]: z.output<(typeof settings)[N]['schema']> }

function pathOverrides() {
  const pair = /^[a-z_]+=\/[\w/-]+$/
  return z
    .string()
    .transform((list) => list.split(',').map((part) => part.trim()))
    .refine((pairs) => pairs.every((each) => pair.test(each)), 'wants entity=/path pairs, comma separated')
    .transform((pairs): Readonly<Record<string, string>> => Object.fromEntries(pairs.map((each) => each.split('=', 2))))
}
