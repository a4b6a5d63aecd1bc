import t from 'tap'
import { commands, defineCommand, runCli, type TextStream } from '../../src/cli/index.ts'
import { inputError, TdsError } from '../../src/errors.ts'

interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function sink(): TextStream & { text: string } {
  return {
    text: '',
    write(part) {
      this.text += part
    },
  }
}

const failing = (error: Error) =>
  defineCommand({ name: 'failing', summary: 'fails', usage: '', options: {}, run: () => Promise.reject(error) })

async function tds(argv: readonly string[], more = commands): Promise<Said> {
  const [stdout, stderr] = [sink(), sink()]
  const { signal } = new AbortController()
  const code = await runCli({ argv, commands: more, env: { NODE_ENV: 'test' }, stdout, stderr, signal })
  return { code, stdout: stdout.text, stderr: stderr.text }
}

t.test('help names every command in one line each', async (t) => {
  const { code, stdout } = await tds(['help'])
  t.equal(code, 0)
  for (const { name, summary } of commands) t.match(stdout, new RegExp(`^  ${name} +${summary.slice(0, 20)}`, 'm'))
  t.equal((await tds(['--help'])).stdout, stdout)
})

t.test('every command explains itself, by help and by --help', async (t) => {
  for (const { name, options } of commands) {
    const { code, stdout } = await tds(['help', name])
    t.equal(code, 0)
    t.match(stdout, `npm run tds -- ${name}`)
    for (const option of Object.keys(options)) t.match(stdout, `--${option}`)
    t.equal((await tds([name, '--help'])).stdout, stdout)
  }
})

t.test('help as JSON lists the same commands', async (t) => {
  const { stdout } = await tds(['help', '--json'])
  const names: unknown[] = JSON.parse(stdout).commands.map((each: { name: string }) => each.name)
  t.strictSame(names, [...commands.map(({ name }) => name), 'help'])
})

t.test('wrong use: words and usage on stderr, nothing on stdout, exit code 2', async (t) => {
  const cases = [
    { argv: [], words: 'Which command?' },
    { argv: ['snyc'], words: 'There is no command snyc; did you mean sync?' },
    { argv: ['xylophone'], words: 'There is no command xylophone\n' },
    { argv: ['help', 'verfy'], words: 'did you mean verify?' },
    { argv: ['sync'], words: 'Which sync?' },
    { argv: ['sync', 'ful'], words: 'did you mean full?' },
    { argv: ['sync', 'full', '--acept-mass-change'], words: 'did you mean --accept-mass-change?' },
    { argv: ['verify', '--sample', 'many'], words: '--sample wants a whole number' },
    { argv: ['verify', '--sample'], words: "'--sample <value>'" },
    { argv: ['dlq', 'requeue'], words: 'Which ones?' },
    { argv: ['dlq', 'requeue', 'x1'], words: 'x1 is no id' },
    { argv: ['dlq', 'burn'], words: 'dlq does not know burn' },
    { argv: ['events', '--status', 'lost'], words: '--status is one of' },
    { argv: ['healthcheck', 'deep'], words: 'There is no health check deep' },
  ]
  for (const { argv, words } of cases) {
    const { code, stdout, stderr } = await tds(argv)
    t.equal(code, 2, argv.join(' '))
    t.equal(stdout, '')
    t.match(stderr, words)
    t.match(stderr, 'Usage: npm run tds')
  }
})

t.test('with --json even wrong use is one JSON document on stdout', async (t) => {
  for (const argv of [
    ['snyc', '--json'],
    ['sync', 'ful', '--json'],
    ['events', '--nonsense', '--json'],
  ]) {
    const { code, stdout } = await tds(argv)
    t.equal(code, 2)
    t.match(JSON.parse(stdout), { error: { code: 'USAGE', message: /./ } })
  }
})

t.test('exit codes: what the caller must change is 2, what failed is 1', async (t) => {
  const cases = [
    { error: inputError('ENTITY_UNKNOWN', 'There is no entity x', 404), code: 2 },
    { error: inputError('SYNC_ALREADY_RUNNING', 'is under way', 409), code: 1 },
    { error: new TdsError('ZOHO_SERVER', 'transient', 'Zoho is away'), code: 1 },
    { error: new Error('anything'), code: 1 },
  ]
  for (const { error, code } of cases) {
    const said = await tds(['failing'], [failing(error)])
    t.equal(said.code, code, error.message)
    t.equal(said.stderr, `${error.message}\n`, 'one line, without usage')
  }
})

t.test('an invalid configuration is told whole, with exit code 2', async (t) => {
  const [stdout, stderr] = [sink(), sink()]
  const env = { PORT: 'x', TDS_NONSENSE: '1' }
  const code = await runCli({ argv: ['config'], commands, env, stdout, stderr, signal: new AbortController().signal })
  t.equal(code, 2)
  t.match(stderr.text, /PORT/)
  t.match(stderr.text, /TDS_NONSENSE/)
})

t.test('config shows what is in effect and no secret', async (t) => {
  const [stdout, stderr] = [sink(), sink()]
  const env = {
    PORT: '4711',
    TDS_ADMIN_KEY: 'tds_canary',
    DATABASE_URL: 'postgres://u:canary@h/d',
    ZOHO_CLIENT_SECRET: 'canary',
  }
  const argv = ['config', '--json']
  const code = await runCli({ argv, commands, env, stdout, stderr, signal: new AbortController().signal })
  t.equal(code, 0)
  t.notMatch(stdout.text, 'canary')
  const { settings } = JSON.parse(stdout.text)
  const of = (name: string) => settings.find((each: { name: string }) => each.name === name)
  t.match(of('PORT'), { value: '4711', origin: 'environment' })
  t.match(of('HOST'), { value: null, origin: null })
  t.match(of('TDS_DATA_DIR'), { value: '.tds', origin: 'default' })
  t.match(of('TDS_ADMIN_KEY'), { value: 'set', origin: 'environment' })
  t.match(of('TDS_WEBHOOK_KEY'), { value: 'unset' })
})

t.test('healthcheck says 1 when nobody answers', async (t) => {
  const [stdout, stderr] = [sink(), sink()]
  const argv = ['healthcheck', 'live', '--json']
  // Port 1 of the loopback: nothing listens there.
  const env = { PORT: '1', HOST: '127.0.0.1' }
  const code = await runCli({ argv, commands, env, stdout, stderr, signal: new AbortController().signal })
  t.equal(code, 1)
  t.match(JSON.parse(stdout.text), { ok: false, status: null, url: 'http://127.0.0.1:1/api/tds/health/live' })
})
