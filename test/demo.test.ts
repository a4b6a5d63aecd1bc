import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { emptyDatabase } from './helpers/database.ts'

const program = fileURLToPath(new URL('./demo/main.ts', import.meta.url))

interface Demo {
  readonly child: ChildProcess
  /** Resolves with the first line that fits; rejects when the demo ends before. */
  line(pattern: RegExp): Promise<string>
  /** Exit code and everything it said. */
  readonly ended: Promise<{ code: number | null; text: string }>
}

function demo(t: Test, args: readonly string[], env: Record<string, string>): Demo {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env.PATH, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => {
    if (child.exitCode === null) child.kill('SIGKILL')
  })
  const lines: string[] = []
  const watchers = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      for (const look of watchers) look()
    })
  }
  const ended = once(child, 'close').then(([code]) => ({ code, text: lines.join('\n') }))
  return {
    child,
    ended,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find((line) => pattern.test(line))
          if (found !== undefined) resolve(found)
        }
        watchers.add(look)
        look()
        ended.then(({ text }) => reject(new Error(`the demo ended without ${pattern}:\n${text}`)))
      }),
  }
}

t.test('killed in the middle it goes on; a further run writes no row and downloads no image', async (t) => {
  const { connectionString } = await emptyDatabase(t)
  const env = { DATABASE_URL: connectionString, TDS_DATA_DIR: t.testdir() }
  const killed = demo(t, ['--once', '--items', '40'], env)
  await killed.line(/products +40 read/)
  killed.child.kill('SIGKILL')
  await killed.ended
  const second = await demo(t, ['--once', '--items', '40'], env).ended
  t.equal(second.code, 0) || t.comment(second.text)
  t.match(second.text, /products +40 +40 /)
  t.match(second.text, /inventory_items +\d+ +\d+/)
  t.match(second.text, /0 replies with 429/)
  t.match(second.text, /The mirror equals the simulated Zoho/)
  const third = await demo(t, ['--once', '--items', '40'], env).ended
  t.equal(third.code, 0) || t.comment(third.text)
  t.match(third.text, /Nothing had changed: 0 rows written, 0 images downloaded/)
})

t.test('it stays up with a signed webhook from every change, and ends in order on Ctrl-C', async (t) => {
  const { connectionString, db } = await emptyDatabase(t)
  const dataDir = t.testdir()
  const env = { DATABASE_URL: connectionString, TDS_DATA_DIR: dataDir }
  const running = demo(t, ['--items', '20'], env)
  await running.line(/Ctrl-C ends everything/)
  const file = join(dataDir, 'demo.json')
  t.equal((await stat(file)).mode & 0o777, 0o600, 'only its owner reads the keys')
  const access = JSON.parse(await readFile(file, 'utf8'))
  t.match(access, { url: /^http/, admin_key: /^tds_/, webhook_secret: /./, webhook_key: /./, simulator_url: /^http/ })
  t.equal(access.database_url, connectionString)

  const listed = await fetch(`${access.simulator_url}/control/records/items`)
  const [id] = z.object({ ids: z.array(z.string()) }).parse(await listed.json()).ids
  await fetch(`${access.simulator_url}/control/records/items/${id}`, {
    method: 'PATCH',
    body: JSON.stringify({ fields: { name: 'Changed in the simulator' } }),
  })
  const changed = db.selectFrom('products').select('name').where('name', '=', 'Changed in the simulator')
  await untilSome(() => changed.execute())
  const health = await fetch(`${access.url}/api/tds/health`)
  t.match(await health.json(), { queue: { dead_letter: 0 } })

  running.child.kill('SIGINT')
  const { code, text } = await running.ended
  t.equal(code, 0) || t.comment(text)

  const again = await demo(t, ['--once', '--items', '20'], env).ended
  t.equal(again.code, 0) || t.comment(again.text)
  t.match(again.text, /1 records changed earlier are set back/, 'a new simulated Zoho knows nothing of the edit')
  t.equal((await changed.execute()).length, 0)
})

t.test('wrong arguments are refused', async (t) => {
  const { code, text } = await demo(t, ['--twice'], {}).ended
  t.equal(code, 1)
  t.match(text, /--twice/)
})

/** Asks until there is something; each question is a round trip, so this does not spin. */
async function untilSome<T>(ask: () => Promise<readonly T[]>): Promise<void> {
  const deadline = Date.now() + 20_000
  while ((await ask()).length === 0) if (Date.now() > deadline) throw new Error('waited in vain')
}
