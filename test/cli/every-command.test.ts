import { readFile } from 'node:fs/promises'
import t, { type Test } from 'tap'
import { commands, runCli, type TextStream } from '../../src/cli/index.ts'
import { commandList, withCommandList } from '../../src/cli/list.ts'
import { testDatabase } from '../helpers/database.ts'
import { environmentFor } from '../helpers/service.ts'
import { createSimulator } from '../simulator/index.ts'

const sink = (): TextStream & { text: string } => ({
  text: '',
  write(part) {
    this.text += part
  },
})

async function tds(argv: readonly string[], env: Record<string, string> = { NODE_ENV: 'test' }) {
  const [stdout, stderr] = [sink(), sink()]
  const { signal } = new AbortController()
  const code = await runCli({ argv, commands, env, stdout, stderr, signal })
  return { code, stdout: stdout.text, stderr: stderr.text }
}

/** What can be asked of each command without a side effect; the others are asked without words, which is wrong use. */
const harmless: Readonly<Record<string, readonly string[]>> = {
  migrate: [],
  sync: ['plan'],
  verify: ['products', '--sample', '0'],
  status: [],
  doctor: ['--offline'],
  zoho: ['whoami'],
  dlq: ['groups'],
  events: [],
  keys: ['list'],
  audit: [],
  healthcheck: [],
  config: [],
}

async function setUp(t: Test) {
  const simulator = await createSimulator({ items: 5, limits: 'relaxed' })
  t.teardown(() => simulator.close())
  const { connectionString } = await testDatabase(t)
  return environmentFor(simulator, t.testdir(), { DATABASE_URL: connectionString, PORT: '1' })
}

t.test('every command answers --json with exactly one JSON document on stdout', async (t) => {
  const env = await setUp(t)
  for (const { name } of commands) {
    const { code, stdout } = await tds([name, ...(harmless[name] ?? []), '--json'], env)
    t.ok([0, 1, ...(name in harmless ? [] : [2])].includes(code), `${name} ends with ${code}`)
    t.equal(typeof JSON.parse(stdout), 'object', name)
  }
})

t.test('every command tells about itself, and refuses what it does not know with a suggestion', async (t) => {
  for (const command of commands) {
    const { code, stdout } = await tds([command.name, '--help'])
    t.equal(code, 0)
    for (const option of Object.keys(command.options)) t.match(stdout, `--${option}`, `${command.name} --${option}`)
    const [known] = [...Object.keys(command.options), 'json']
    const typo = `--${known?.slice(0, -1)}x`
    const wrong = await tds([command.name, typo, '--json'])
    t.equal(wrong.code, 2, `${command.name} ${typo}`)
    t.match(wrong.stderr, new RegExp(`There is no option ${typo}; did you mean --`))
    t.match(JSON.parse(wrong.stdout), { error: { code: 'USAGE' } })
  }
})

t.test('a command that takes no words, or few, refuses others instead of doing something', async (t) => {
  for (const name of ['config', 'migrate', 'doctor', 'status', 'healthcheck', 'sync', 'dlq', 'keys', 'zoho']) {
    const { code, stderr } = await tds([name, 'nonsense'])
    t.equal(code, 2, name)
    t.match(stderr, 'Usage: npm run tds', name)
  }
})

t.test('every verb that is misspelt is told the one that is meant', async (t) => {
  const verbs = { sync: 'fulll', dlq: 'grups', events: 'replya', keys: 'creat', zoho: 'whoam' }
  for (const [name, verb] of Object.entries(verbs)) {
    const { code, stderr } = await tds([name, verb])
    t.equal(code, 2, `${name} ${verb}`)
    t.match(stderr, 'did you mean', `${name} ${verb}`)
  }
})

t.test('the README lists the commands as the help does, and what the exit codes mean', async (t) => {
  const readme = await readFile('README.md', 'utf8')
  t.equal(withCommandList(readme), readme, 'npm run command-list writes it')
  for (const { name, summary } of commands) t.match(commandList(), new RegExp(`^${name} +${escaped(summary)}$`, 'm'))
  t.match((await tds(['help'])).stdout, commandList().split('\n')[0]?.split('  ')[0])
  t.match(readme, /\| 0 \| .*\n\| 1 \| .*\n\| 2 \| .*\n\| 130 \| /)
})

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
