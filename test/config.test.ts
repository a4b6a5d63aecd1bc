import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { settings } from '../src/config/settings.ts'
import { withConfigurationTable } from '../src/config/table.ts'
import { type Environment, loadConfig } from '../src/config.ts'
import { TdsError } from '../src/errors.ts'

const longKey = 'tds_4hJ8sKq2wZ7xVb5nMc9dRf3gTy6uP1eA'

/** A production environment with nothing wrong in it. */
const sound: Environment = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://tds@db.example/tds',
  ZOHO_CLIENT_ID: '1000.B7N2Q',
  ZOHO_CLIENT_SECRET: 'f3a90c71d5be',
  ZOHO_REFRESH_TOKEN: '1000.9cde.77ab',
  ZOHO_ORGANIZATION_ID: '700012345',
  TDS_ADMIN_KEY: longKey,
  TDS_WEBHOOK_SECRET: 'u7Xk2Pq9Lm4z',
}

t.test('an empty environment is enough outside production', async (t) => {
  const config = loadConfig({})
  t.equal(config.production, false)
  t.equal(config.host, '127.0.0.1', 'and is open to this machine only')
  t.equal(config.zoho.perMinute, 90)
  t.equal(config.zoho.apiUrl, 'https://www.zohoapis.com')
})

t.test('a sound production environment is accepted', async (t) => {
  const config = loadConfig(sound)
  t.equal(config.production, true)
  t.equal(config.host, '0.0.0.0')
})

t.test('the configuration cannot be changed', async (t) => {
  t.ok(Object.isFrozen(loadConfig({})))
})

t.test('all faults are reported together', async (t) => {
  const faults = faultsOf({
    PORT: 'eighty',
    ZOHO_DATA_CENTER: 'mars',
    TDS_IMAGE_CONCURRENCY: '400',
    TDS_LOG_LEVEL: 'loud',
    TDS_NO_SUCH_THING: '1',
    TDS_ADMIN_KEY_FILE: '/nowhere/at/all',
  })
  const names = [
    'PORT',
    'ZOHO_DATA_CENTER',
    'TDS_IMAGE_CONCURRENCY',
    'TDS_LOG_LEVEL',
    'TDS_NO_SUCH_THING',
    'TDS_ADMIN_KEY_FILE',
  ]
  for (const name of names) t.ok(faults.includes(`- ${name}: `), name)
  t.match(faults, /has 6 fault\(s\)/)
})

t.test('a fault of form does not hide what production refuses', async (t) => {
  const faults = faultsOf({ NODE_ENV: 'production', PORT: 'eighty', TDS_WEBHOOK_KEY: 'short' })
  for (const name of ['PORT', 'DATABASE_URL', 'ZOHO_CLIENT_ID', 'TDS_ADMIN_KEY', 'TDS_WEBHOOK_KEY'])
    t.ok(faults.includes(`- ${name}: `), name)
})

t.test('an unknown TDS_ name is a fault, with the name that was probably meant', async (t) => {
  t.match(
    faultsOf({ TDS_ZOHO_PER_MINUT: '50' }),
    'TDS_ZOHO_PER_MINUT: no such setting; did you mean TDS_ZOHO_PER_MINUTE?',
  )
  t.match(faultsOf({ TDS_ADMINKEY: 'x' }), 'TDS_ADMINKEY: no such setting')
})

t.test('names of others are no concern of ours', async (t) => {
  t.doesNotThrow(() => loadConfig({ PATH: '/bin', ZOHOLICS: '1', HOME: '/root' }))
})

t.test('an empty value is the same as none', async (t) => {
  t.equal(loadConfig({ PORT: '', TDS_ADMIN_KEY: '' }).port, 8080)
})

t.test('every setting can come from a file', async (t) => {
  const path = await fileWith(t, `  ${longKey}\n`)
  t.equal(loadConfig({ TDS_ADMIN_KEY_FILE: path }).admin.key, longKey, 'white space around it is no part of it')
  for (const name of Object.keys(settings)) t.doesNotThrow(() => loadConfig({ [`${name}_FILE`]: '' }), `${name}_FILE`)
})

t.test('a value and a file for it are a contradiction', async (t) => {
  const path = await fileWith(t, longKey)
  t.match(faultsOf({ TDS_ADMIN_KEY: longKey, TDS_ADMIN_KEY_FILE: path }), 'either TDS_ADMIN_KEY or TDS_ADMIN_KEY_FILE')
})

t.test('production refuses what is missing', async (t) => {
  const faults = faultsOf({ NODE_ENV: 'production' })
  const names = Object.keys(sound).filter((name) => name !== 'NODE_ENV')
  for (const name of names) t.ok(faults.includes(`- ${name}: required in production`), name)
})

t.test('a webhook key takes the place of a webhook secret', async (t) => {
  const { TDS_WEBHOOK_SECRET: _, ...rest } = sound
  t.doesNotThrow(() => loadConfig({ ...rest, TDS_WEBHOOK_KEY: longKey }))
})

const refused = [
  { name: 'TDS_WEBHOOK_SECRET', value: 'u7Xk2Pq9Lm4', words: 'shorter than 12' },
  { name: 'TDS_WEBHOOK_SECRET', value: 'u7Xk2Pq9Lm4z,short1!', words: 'shorter than 12' },
  { name: 'TDS_WEBHOOK_SECRET', value: 'a1b2c3d4e5f6,g1h2i3j4k5l6,m1n2o3p4q5r6', words: 'at most two' },
  { name: 'TDS_WEBHOOK_KEY', value: longKey.slice(0, 31), words: 'shorter than 32' },
  { name: 'TDS_WEBHOOK_KEY', value: 'x'.repeat(40), words: 'placeholder' },
  { name: 'TDS_ADMIN_KEY', value: longKey.slice(0, 31), words: 'shorter than 32' },
  { name: 'TDS_ADMIN_KEY', value: 'tds_change-me', words: 'placeholder' },
  { name: 'TDS_ADMIN_KEY', value: 'tds_your_secret_key_that_is_long_enough', words: 'placeholder' },
  { name: 'TDS_ADMIN_KEY', value: '4hJ8sKq2wZ7xVb5nMc9dRf3gTy6uP1eA5jJ', words: 'must begin with tds_' },
  { name: 'TDS_ENCRYPTION_KEY', value: 'f3a90c71d5be', words: 'shorter than 32' },
  { name: 'TDS_ENCRYPTION_KEY', value: 'abab'.repeat(10), words: 'too few different characters' },
  { name: 'ZOHO_CLIENT_SECRET', value: 'changeme', words: 'placeholder' },
  { name: 'ZOHO_CLIENT_SECRET', value: 'f3a90c71d5b', words: 'shorter than 12' },
  { name: 'ZOHO_REFRESH_TOKEN', value: 'your_refresh_token', words: 'placeholder' },
  { name: 'ZOHO_REFRESH_TOKEN', value: '1000.9cde', words: 'shorter than 12' },
  { name: 'TDS_ALERT_WEBHOOK_SECRET', value: 'f3a90c71d5be', words: 'shorter than 16' },
  { name: 'TDS_WEBHOOK_SECRET', value: '<your secret>', words: 'placeholder' },
  { name: 'DATABASE_URL', value: 'postgres://tds:postgres@db.example/tds', words: 'placeholder' },
  { name: 'DATABASE_URL', value: 'postgres://tds:change%2Dme@db.example/tds', words: 'placeholder' },
  { name: 'TDS_SMTP_URL', value: 'smtp://tds:password@mail.example', words: 'placeholder' },
]

for (const { name, value, words } of refused) {
  t.test(`production refuses ${name}: ${value.length} characters, ${words}`, async (t) => {
    const faults = faultsOf({ ...sound, [name]: value })
    t.match(faults, new RegExp(`- ${name}: .*${words}`))
    t.notMatch(faults, value, 'the value itself is not shown')
  })
}

t.test('more than 100 calls a minute are for a loopback host only', async (t) => {
  t.match(faultsOf({ TDS_ZOHO_PER_MINUTE: '101' }), 'TDS_ZOHO_PER_MINUTE: above 100 only towards a loopback host')
  t.match(faultsOf({ TDS_ZOHO_PER_MINUTE: '101', ZOHO_API_URL: 'http://localhost.example.com' }), 'loopback')
  t.match(faultsOf({ TDS_ZOHO_PER_MINUTE: '101', ZOHO_API_URL: 'http://127.example.com' }), 'loopback')
  for (const url of ['http://127.0.0.1:8090', 'http://localhost:1', 'http://[::1]:8090'])
    t.equal(loadConfig({ TDS_ZOHO_PER_MINUTE: '60000', ZOHO_API_URL: url }).zoho.perMinute, 60_000, url)
  t.equal(loadConfig({ TDS_ZOHO_PER_MINUTE: '100' }).zoho.perMinute, 100)
})

t.test('lists, addresses and paths arrive in the shape that is used', async (t) => {
  const config = loadConfig({
    TDS_WEBHOOK_SECRET: ' one-secret , another ',
    TDS_ZOHO_PATHS: 'warehouses=/settings/warehouses',
    TDS_PUBLIC_URL: 'https://tds.example.com/',
    TDS_TRUST_PROXY: '10.0.0.1',
    ZOHO_DATA_CENTER: 'eu',
  })
  t.match(config, {
    webhook: { secrets: ['one-secret', 'another'] },
    zoho: { paths: { warehouses: '/settings/warehouses' }, accountsUrl: 'https://accounts.zoho.eu' },
    publicUrl: 'https://tds.example.com',
    trustProxy: '10.0.0.1',
  })
})

t.test('the README\'s table is what the settings say; "npm run config-table" writes it', async (t) => {
  const readme = await readFile('README.md', 'utf8')
  t.equal(withConfigurationTable(readme), readme)
})

function faultsOf(env: Environment): string {
  try {
    loadConfig(env)
  } catch (error) {
    if (error instanceof TdsError && error.code === 'CONFIG_INVALID') return error.message
    throw error
  }
  return 'no fault was found'
}

async function fileWith(t: Test, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tds-config-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const path = join(folder, 'value')
  await writeFile(path, text)
  return path
}

t.test('half a channel of alerts is a fault that names the other half', async (t) => {
  const faults = faultsOf({ TDS_SMTP_URL: 'smtp://mail.example', TDS_ALERT_WEBHOOK_URL: 'https://ops.example/hook' })
  t.match(faults, 'TDS_ALERT_EMAIL_FROM: required beside TDS_SMTP_URL')
  t.match(faults, 'TDS_ALERT_EMAIL_TO: required beside TDS_SMTP_URL')
  t.match(faults, 'TDS_ALERT_WEBHOOK_SECRET: required beside TDS_ALERT_WEBHOOK_URL')
  t.match(faults, /has 3 fault\(s\)/)
})

t.test('the channels of alerts come from the environment', async (t) => {
  const { alerts } = loadConfig({
    TDS_SMTP_URL: 'smtps://user:word@mail.example:465',
    TDS_ALERT_EMAIL_FROM: 'tds@example.com',
    TDS_ALERT_EMAIL_TO: 'a@example.com, b@example.com',
  })
  t.match(alerts, { smtpUrl: 'smtps://user:word@mail.example:465', emailTo: ['a@example.com', 'b@example.com'] })
  t.match(faultsOf({ TDS_SMTP_URL: 'https://mail.example' }), 'TDS_SMTP_URL: ')
})

t.test('a process with a weak secret does not start in production, and does not say it', async (t) => {
  const weak = 'tds_change-me-4hJ8sKq2wZ7xVb5nMc9d'
  const env = { ...sound, PATH: process.env.PATH, TDS_ADMIN_KEY: 'tds_change-me', TDS_WEBHOOK_KEY: weak.slice(0, 20) }
  const { code, text } = await new Promise<{ code: unknown; text: string }>((resolve) => {
    const args = [join(import.meta.dirname, '../src/main.ts'), 'serve']
    execFile(process.execPath, args, { env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error?.code, text: stdout + stderr }),
    )
  })
  t.equal(code, 2, text)
  t.match(text, 'TDS_ADMIN_KEY: a known placeholder')
  t.match(text, 'TDS_WEBHOOK_KEY: shorter than 32')
  t.notMatch(text, weak.slice(0, 20))
  t.notMatch(text, sound.TDS_WEBHOOK_SECRET)
})
