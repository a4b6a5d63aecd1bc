import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { sql } from '../../db/index.ts'
import { commands, runCli, type TextStream } from '../../src/cli/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { environmentFor } from '../helpers/service.ts'
import { createSimulator, simulatorCredentials } from '../simulator/index.ts'

async function setUp(t: Test) {
  const simulator = await createSimulator({ items: 10, limits: 'relaxed' })
  t.teardown(() => simulator.close())
  const { connectionString, db } = await testDatabase(t)
  const env = environmentFor(simulator, t.testdir(), {
    DATABASE_URL: connectionString,
    TDS_PUBLIC_URL: 'https://tds.example.com',
    TDS_WEBHOOK_SECRET: 'signingsecret0123456789',
  })
  return { simulator, env, db, ...typing(env) }
}

/** Commands in this process; `typed` is what the user enters. */
function typing(env: Record<string, string>) {
  const sink = (): TextStream & { text: string } => ({
    text: '',
    write(part) {
      this.text += part
    },
  })
  return {
    async tds(argv: readonly string[], { typed, more = {} }: { typed?: string; more?: Record<string, string> } = {}) {
      const [stdout, stderr, stdin] = [sink(), sink(), new PassThrough()]
      if (typed !== undefined) stdin.end(typed)
      const { signal } = new AbortController()
      const code = await runCli({ argv, commands, env: { ...env, ...more }, stdout, stderr, stdin, signal })
      return { code, stdout: stdout.text, stderr: stderr.text, json: () => JSON.parse(stdout.text) }
    },
  }
}

t.test('auth: the scopes to ask for, then a typed code becomes a refresh token, shown once', async (t) => {
  const { simulator, tds, db } = await setUp(t)
  const { code, stdout, stderr } = await tds(['zoho', 'auth'], { typed: `${simulator.control.oauth.grantCode()}\n` })
  t.equal(code, 0) || t.comment(stderr)
  t.match(stdout, /ZohoBooks\.bills\.READ,.*ZohoInventory\.items\.READ,.*ZohoBooks\.settings\.CREATE/)
  t.equal(stdout.split(simulatorCredentials.refreshToken).length, 2, 'the token is there once')
  t.match(stdout, `ZOHO_ORGANIZATION_ID=${simulator.organizationId}`)
  t.match(stdout, /Simulated Trading Company +USD +Asia\/Baghdad/)
  t.notMatch(stderr, simulatorCredentials.refreshToken, 'and never in a log')
  t.notMatch(stdout + stderr, simulatorCredentials.clientSecret)
  const { rows } = await sql<{ token: string | null }>`select access_token as token from tds_zoho_token`.execute(db)
  t.strictSame(rows, [{ token: null }], 'nothing was stored')
})

t.test('auth --json: one document with or without a code; nothing else on stdout', async (t) => {
  const { simulator, tds } = await setUp(t)
  t.match((await tds(['zoho', 'auth', '--json'], { typed: '' })).json(), {
    console_url: /^https:/,
    scopes: ['ZohoBooks.bills.READ'],
  })
  const given = await tds(['zoho', 'auth', '--json', '--read-only', '--code', simulator.control.oauth.grantCode()])
  t.match(given.json(), {
    refresh_token: simulatorCredentials.refreshToken,
    organizations: [{ organizationId: simulator.organizationId }],
  })
})

t.test('auth: each refusal in words', async (t) => {
  const { simulator, tds } = await setUp(t)
  const { oauth, clock } = simulator.control
  const spent = oauth.grantCode()
  await tds(['zoho', 'auth', '--code', spent])
  const again = await tds(['zoho', 'auth', '--code', spent])
  t.equal(again.code, 1)
  t.match(again.stderr, /invalid_code.*used once, within the minutes chosen/)
  const late = oauth.grantCode(3)
  clock.advance(4 * 60_000)
  t.match((await tds(['zoho', 'auth', '--code', late])).stderr, /invalid_code/)
  const stranger = await tds(['zoho', 'auth', '--code', 'x'], { more: { ZOHO_CLIENT_ID: '1000.SOMEBODYELSE' } })
  t.match(stranger.stderr, /invalid_client\).*ZOHO_DATA_CENTER/)
  const wrong = await tds(['zoho', 'auth', '--code', 'x'], { more: { ZOHO_CLIENT_SECRET: 'another-secret-000' } })
  t.match(wrong.stderr, /ZOHO_CLIENT_SECRET is not the secret/)
  const unset = await tds(['zoho', 'auth', '--code', 'x'], { more: { ZOHO_CLIENT_ID: '' } })
  t.match(unset.stderr, /ZOHO_CLIENT_ID and ZOHO_CLIENT_SECRET are not set/)
  const url = 'https://x.example/?code=1000.a.b&location=eu&accounts-server=https%3A%2F%2Faccounts.zoho.eu'
  const elsewhere = await tds(['zoho', 'auth', '--code', url])
  t.equal(elsewhere.code, 2)
  t.match(elsewhere.stderr, /accounts\.zoho\.eu.*ZOHO_DATA_CENTER=eu/)
})

t.test('whoami tells the user and the organisations', async (t) => {
  const { tds, simulator } = await setUp(t)
  const good = await tds(['zoho', 'whoami', '--json'])
  t.equal(good.code, 0) || t.comment(good.stderr)
  t.match(good.json(), { user: { role: 'admin' }, seen: true, organization_id: simulator.organizationId })
  const other = await tds(['zoho', 'whoami'], { more: { ZOHO_ORGANIZATION_ID: '42' } })
  t.equal(other.code, 1)
  t.match(other.stdout, 'organisation 42 is not among them')
})

t.test(
  'webhooks: a dry run makes nothing, --apply makes what is missing once, check sees each difference',
  async (t) => {
    const { simulator, tds, db } = await setUp(t)
    const { automation } = simulator.control
    t.equal((await tds(['zoho', 'webhooks', 'check'])).code, 1)
    const dry = await tds(['zoho', 'webhooks', 'register'])
    t.equal(dry.code, 0)
    t.match(
      dry.stdout,
      /books +Invoices +deleted +missing +https:\/\/tds\.example\.com\/api\/tds\/webhooks\/invoices\?event=deleted/,
    )
    t.match(dry.stdout, 'Nothing was changed')
    t.notMatch(dry.stdout, 'signingsecret0123456789')
    t.equal(automation.webhooks().length, 0)

    const made = await tds(['zoho', 'webhooks', 'register', '--apply', '--json'])
    t.equal(made.code, 0) || t.comment(made.stderr)
    t.equal(made.json().created.length, automation.webhooks().length)
    t.equal(automation.workflows().length, automation.webhooks().length)
    t.match(automation.webhooks()[0], { method: 'POST', secret: 'signingsecret0123456789', entity: 'item' })
    t.match(automation.workflows()[1], { entity: 'item', rule_type: 'deleted', is_active: true })
    const { rows } = await sql<{ lines: number }>`
    select count(*)::int as lines from tds_audit_trail where action = 'webhook.register' and actor = 'cli'`.execute(db)
    t.equal(rows[0]?.lines, automation.webhooks().length)

    const before = automation.webhooks().length
    t.match((await tds(['zoho', 'webhooks', 'register', '--apply'])).stdout, /^0 made/m)
    t.equal(automation.webhooks().length, before, 'a second time makes nothing')
    t.equal((await tds(['zoho', 'webhooks', 'check'])).code, 0)

    const [first, second, third, fourth] = automation.workflows()
    const webhook = automation.webhooks()[4]
    automation.change(String(first?.workflow_id), { is_active: false })
    automation.change(String(second?.workflow_id), { rule_type: 'created' })
    automation.change(String(third?.workflow_id), { actions: [] })
    automation.change(String(fourth?.workflow_id), { entity: 'invoice' })
    automation.change(String(webhook?.webhook_id), {
      url: String(webhook?.url).replace('https://tds.', 'https://key:word@old.'),
    })
    const differs = await tds(['zoho', 'webhooks', 'check', '--json'])
    t.equal(differs.code, 1)
    t.match(
      differs.json().hooks.map(({ state }: { state: string }) => state),
      ['inactive', 'differs', 'no_rule', 'no_rule', 'elsewhere', 'present'],
    )
    t.notMatch(differs.stdout, 'word', 'secrets in somebody else’s URL are masked')
  },
)

t.test('webhooks: without the scope to make them the steps for the pages are printed', async (t) => {
  const { simulator, tds } = await setUp(t)
  simulator.control.faults.set({ kind: 'no-scope', method: 'POST', path: '/books/v3/settings/webhooks' })
  const { code, stdout } = await tds(['zoho', 'webhooks', 'register', '--apply'])
  t.equal(code, 1)
  t.match(stdout, 'The token lacks ZohoBooks.settings.CREATE')
  t.match(
    stdout,
    /By hand, in Zoho under Settings, Automation:[\s\S]*books · Items · Created or Edited · TDS products edited · https/,
  )
})

t.test('webhooks: a rule that is refused leaves its webhook, and the next register makes the rule alone', async (t) => {
  const { simulator, tds } = await setUp(t)
  const { faults, automation } = simulator.control
  faults.set({ kind: 'json-code', code: 1025, message: 'limit', path: '/books/v3/settings/workflows', method: 'POST' })
  t.equal((await tds(['zoho', 'webhooks', 'register', '--apply'])).code, 1)
  t.strictSame([automation.webhooks().length, automation.workflows().length], [1, 0])
  faults.clear()
  t.equal((await tds(['zoho', 'webhooks', 'register', '--apply'])).code, 0)
  t.equal(automation.workflows().length, automation.webhooks().length)
})

t.test('webhooks want a public URL and a secret, and words they know', async (t) => {
  const { tds } = await setUp(t)
  t.match(
    (await tds(['zoho', 'webhooks', 'check'], { more: { TDS_PUBLIC_URL: '' } })).stderr,
    'TDS_PUBLIC_URL is not set',
  )
  const bare = await tds(['zoho', 'webhooks', 'register'], { more: { TDS_WEBHOOK_SECRET: '', TDS_WEBHOOK_KEY: '' } })
  t.match(bare.stderr, 'Set TDS_WEBHOOK_SECRET first')
  t.match((await tds(['zoho', 'auht'])).stderr, 'did you mean auth?')
  t.equal((await tds(['zoho', 'webhooks'])).code, 2)
})
