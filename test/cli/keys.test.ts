import t, { type Test } from 'tap'
import { commands, runCli } from '../../src/cli/index.ts'
import { parseUntil } from '../../src/cli/until.ts'
import { createKeys, scopes } from '../../src/keys/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { silent, testClock } from '../monitor/fixture.ts'

async function setUp(t: Test) {
  const { db, connectionString } = await testDatabase(t)
  const env = { DATABASE_URL: connectionString, TDS_DATA_DIR: t.testdir() }
  const tds = async (...argv: string[]) => {
    const said = { stdout: '', stderr: '' }
    const code = await runCli({
      argv,
      commands,
      env,
      stdout: { write: (part) => (said.stdout += part) },
      stderr: { write: (part) => (said.stderr += part) },
      signal: new AbortController().signal,
    })
    return { code, ...said, json: () => JSON.parse(said.stdout) }
  }
  return { db, tds, keys: createKeys({ db, bootstrapKey: undefined, clock: testClock(), log: silent }) }
}

t.test('a key from the command line: made, listed, rotated, revoked, and all of it in the trail', async (t) => {
  const { tds, keys } = await setUp(t)
  t.match((await tds('keys')).stdout, 'There are no keys')
  const made = await tds('keys', 'create', 'ERP', '--scope', 'stats:read', '--scope', 'dlq:read', '--reason', 'new')
  t.equal(made.code, 0, made.stderr)
  const token = made.stdout.trim().split('\n').at(-1) ?? ''
  const identity = await keys.verify(token)
  t.match(identity, { scopes: ['stats:read', 'dlq:read'] })

  const listed = await tds('keys', '--json')
  t.match(listed.json(), { total: 1, items: [{ id: identity?.id, name: 'ERP', created_by: 'cli', state: 'live' }] })
  t.notMatch(listed.stdout, token)

  const rotated = (await tds('keys', 'rotate', identity?.id ?? '', '--overlap', '2', '--json')).json()
  t.match(rotated, { rotated_from: identity?.id, token: /^tds_/ })
  t.ok(await keys.verify(rotated.token))

  t.equal((await tds('keys', 'revoke', rotated.id, '--reason', 'lost')).code, 0)
  t.equal((await tds('keys', '--json')).json().total, 1, 'what opens nothing is not listed')
  t.equal((await tds('keys', '--all', '--json')).json().total, 2)

  const trail = (await tds('audit', '--actor', 'cli', '--json')).json()
  t.match(trail, { total: 3, items: [{ action: 'key.revoke', reason: 'lost' }, { action: 'key.rotate' }] })
  const table = await tds('audit', '--action', 'key.create')
  t.match(table.stdout, /cli +key\.create +key \w{8} +1 +new/)
  const csv = await tds('audit', '--export', 'csv')
  t.equal(csv.stdout.trimEnd().split('\n').length, 4)
  const ndjson = await tds('audit', '--export', 'ndjson', '--from', '2999-01-01')
  t.equal(ndjson.stdout, '')
})

t.test('all is every scope there is', async (t) => {
  const { tds } = await setUp(t)
  t.same((await tds('keys', 'create', 'root', '--scope', 'all', '--json')).json().scopes, scopes)
})

t.test('wrong words end with 2 and say what is right', async (t) => {
  const { tds } = await setUp(t)
  const cases: [string[], string][] = [
    [['keys', 'creat'], 'did you mean create?'],
    [['keys', 'create'], 'A key wants a name'],
    [['keys', 'create', 'x'], 'A key wants a --scope'],
    [['keys', 'create', 'x', '--scope', 'dlq:reed'], 'did you mean dlq:read?'],
    [['keys', 'create', 'x', '--scope', 'all', '--expires', 'soon'], '--expires wants a day'],
    [['keys', 'create', 'x', '--scope', 'all', '--expires', '2020-01-01'], 'would have expired'],
    [['keys', 'rotate'], 'Which key?'],
    [['keys', 'rotate', 'x', '--overlap', 'long'], '--overlap wants hours'],
    [['keys', 'revoke', 'zzzzzzzz'], 'There is no key zzzzzzzz'],
    [['audit', '--from', 'monday'], '--from wants a time'],
    [['audit', '--export', 'xml'], '--export is csv or ndjson'],
  ]
  for (const [argv, words] of cases) {
    const { code, stderr } = await tds(...argv)
    t.equal(code, 2, argv.join(' '))
    t.match(stderr, words)
  }
})

t.test('an end is a day or so long from now', (t) => {
  const now = new Date('2026-01-10T12:00:00Z')
  t.same(parseUntil('2027-01-31', now), new Date('2027-01-31T00:00:00Z'))
  t.same(parseUntil('90d', now), new Date('2026-04-10T12:00:00Z'))
  t.same(parseUntil('1y', now), new Date('2027-01-10T12:00:00Z'))
  for (const wrong of ['', '0d', '2027-02-30', '3w', '-1d', 'all'])
    t.throws(() => parseUntil(wrong, now), { code: 'USAGE' })
  t.end()
})
