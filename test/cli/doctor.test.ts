import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { testDatabase } from '../helpers/database.ts'
import { ofTheMachine } from '../helpers/process.ts'
import { environmentFor } from '../helpers/service.ts'
import { createSimulator } from '../simulator/index.ts'

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

async function tds(t: Test, env: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...ofTheMachine(), ...env },
    cwd: t.testdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, stdout, stderr, json: () => JSON.parse(stdout) }
}

async function setUp(t: Test) {
  const simulator = await createSimulator({ items: 10, limits: 'relaxed' })
  t.teardown(() => simulator.close())
  const dataDir = t.testdir()
  return { simulator, dataDir, env: environmentFor(simulator, dataDir) }
}

t.test('a mirror without problems ends with 0, and with 1 when there is one', async (t) => {
  const { env } = await setUp(t)
  const { connectionString } = await testDatabase(t)
  const good = await tds(t, { ...env, DATABASE_URL: connectionString }, 'doctor', '--json')
  t.equal(good.code, 0) || t.comment(good.stdout)
  t.match(good.json(), { healthy: true, counts: { problem: 0 }, results: [{ check: 'database', verdict: 'ok' }] })
  t.match(
    good.json().results.find(({ check }: { check: string }) => check === 'endpoints'),
    {
      verdict: 'skipped',
      evidence: /no living access token/,
    },
  )
  const away = await tds(t, { ...env, DATABASE_URL: 'postgres://nobody:none@127.0.0.1:1/none' }, 'doctor', '--offline')
  t.equal(away.code, 1)
  t.match(away.stdout, /✗ database +PostgreSQL does not answer: .*ECONNREFUSED/)
  t.match(away.stdout, /– schema +the database cannot be asked/)
  t.match(away.stdout, /✓ disk/)
  t.equal(away.stderr, '')
})

t.test('where the embedded database does not run, none is started', async (t) => {
  const { env, dataDir } = await setUp(t)
  const { code, stdout } = await tds(t, env, 'doctor', '--offline')
  t.equal(code, 1)
  t.match(stdout, /✗ database +DATABASE_URL is not set, and the embedded PostgreSQL in .* does not run/)
  t.strictSame(await readdir(dataDir), [])
})

t.test('a configuration that cannot be read is a problem for each of its faults', async (t) => {
  const { env } = await setUp(t)
  const { code, stdout, json } = await tds(t, { ...env, PORT: 'many', TDS_WEBHOK_KEY: 'x' }, 'doctor', '--json')
  t.equal(code, 1) || t.comment(stdout)
  t.match(json(), {
    healthy: false,
    results: [
      { check: 'config', evidence: /TDS_WEBHOK_KEY: no such setting; did you mean TDS_WEBHOOK_KEY/ },
      { check: 'config', evidence: /PORT/ },
    ],
  })
})
