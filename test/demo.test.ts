import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { sql } from '../db/index.ts'
import { emptyDatabase } from './helpers/database.ts'
import { ofTheMachine } from './helpers/process.ts'

const program = fileURLToPath(new URL('./demo/main.ts', import.meta.url))
const commandLine = fileURLToPath(new URL('../src/main.ts', import.meta.url))

interface Demo {
  readonly child: ChildProcess
  /** Resolves with the first line that fits; rejects when the demo ends before. */
  line(pattern: RegExp): Promise<string>
  /** Exit code and everything it said. */
  readonly ended: Promise<{ code: number | null; text: string }>
}

function demo(t: Test, args: readonly string[], env: Record<string, string>): Demo {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...ofTheMachine(), PORT: '0', ...env },
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

/** The numbers of a printed table by the first word of their line; a dash is none. */
function tableOf(text: string, head: RegExp): ReadonlyMap<string, readonly number[]> {
  const lines = text.split('\n')
  const rows = lines.slice(lines.findIndex((line) => head.test(line)) + 2)
  const table = rows.slice(0, rows.indexOf('')).map((line) => line.trim().split(/ {2,}/))
  return new Map(table.map(([name = '', ...cells]) => [name, cells.map((cell) => Number(cell.replaceAll(',', '')))]))
}

const entityTable = /in Zoho +here +written +unchanged +skipped +failed +calls +fewest/
const lineTable = /lines +in Zoho +here +written$/

t.test('killed in the middle it goes on; a further run reads what it must and writes nothing', async (t) => {
  const { connectionString } = await emptyDatabase(t)
  const env = { DATABASE_URL: connectionString, TDS_DATA_DIR: t.testdir() }
  const killed = demo(t, ['--once', '--items', '40'], env)
  await killed.line(/^customers +\d+ read/)
  killed.child.kill('SIGKILL')
  await killed.ended
  const second = await demo(t, ['--once', '--items', '40'], env).ended
  t.equal(second.code, 0) || t.comment(second.text)
  t.match(second.text, /^invoices backfill +\d+ read: \d+ written/m, 'documents before the last six months')
  t.match(second.text, /0 replies with 429/)
  t.match(second.text, /The mirror equals the simulated Zoho/)
  const entities = tableOf(second.text, entityTable)
  t.match(entities.get('products')?.slice(0, 2), [40, 40])
  for (const name of ['inventory_items', 'customers', 'sales_orders_inventory', 'invoices', 'stock_transfers']) {
    const [inZoho, here] = entities.get(name) ?? []
    t.ok(here, name)
    t.equal(here, inZoho, name)
  }
  const lines = tableOf(second.text, lineTable)
  for (const name of ['product_prices', 'invoice_items', 'credit_note_invoices', 'customer_payment_allocations'])
    t.ok(lines.get(name)?.[0], name)

  const third = await demo(t, ['--once', '--items', '40'], env).ended
  t.equal(third.code, 0) || t.comment(third.text)
  t.match(third.text, /Nothing had changed: 0 rows written, 0 images downloaded/)
  const [calls, fewest] = /Calls +([\d,]+) used, ([\d,]+) is the fewest/.exec(third.text)?.slice(1) ?? []
  t.ok(calls)
  t.equal(calls, fewest)
  const unchanged = tableOf(third.text, entityTable)
  t.equal(unchanged.size, 23, 'the organisation, every entity, and all together')
  for (const [name, [, here, written, , , , used, least]] of unchanged) {
    t.equal(used, least, `${name}: no call in vain`)
    if (name !== 'organisation') t.strictSame([written, here], [0, entities.get(name)?.[1]], name)
  }
  for (const [name, [inZoho, here, written]] of tableOf(third.text, lineTable)) {
    if (!name.includes('computed')) t.strictSame([here, written], [inZoho, 0], name)
  }
})

const proof = z.object({
  ok: z.boolean(),
  entities: z.array(
    z.object({
      entity: z.string(),
      here: z.number(),
      detailed: z.number(),
      finding_count: z.number(),
      differences: z.array(
        z.object({ source_entity_id: z.string(), fields: z.array(z.object({ column: z.string() })).optional() }),
      ),
    }),
  ),
})

/** `tds verify` beside the running demo, as it tells people to call it: every field of every record. */
async function prove(t: Test, dataDir: string, ...more: string[]) {
  const script = 'set -a; . "$1"; shift; exec "$@"'
  const command = [process.execPath, commandLine, 'verify', '--all-fields', '--json', ...more]
  const child = spawn('sh', ['-c', script, 'sh', join(dataDir, 'demo.env'), ...command], {
    env: { ...ofTheMachine() },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => {
    if (child.exitCode === null) child.kill('SIGKILL')
  })
  const ended = once(child, 'close')
  const report = proof.parse(JSON.parse(await text(child.stdout)))
  const [code] = await ended
  const differences = report.entities.flatMap((each) =>
    each.differences.map(
      ({ source_entity_id, fields = [] }) =>
        `${each.entity} ${source_entity_id}: ${fields.map(({ column }) => column).join(', ')}`,
    ),
  )
  return { code, report, differences }
}

t.test('every field of every record is equal, and a row that was changed here is found and healed', async (t) => {
  const { connectionString, db } = await emptyDatabase(t)
  const dataDir = t.testdir()
  const running = demo(t, ['--items', '20'], { DATABASE_URL: connectionString, TDS_DATA_DIR: dataDir })
  await running.line(/Ctrl-C ends everything/)
  const first = await prove(t, dataDir)
  t.strictSame(first.differences, [])
  t.match({ code: first.code, ok: first.report.ok }, { code: 0, ok: true })
  t.equal(first.report.entities.length, 21)
  for (const { entity, here, detailed, finding_count } of first.report.entities) {
    t.equal(finding_count, 0, `${entity} contradicts itself nowhere`)
    if (/^(customers|suppliers|.*orders.*|invoices|bills|credit_notes|.*payments|stock_.*)$/.test(entity))
      t.equal(detailed, here, `${entity}: all of them`)
  }

  const { rows } = await sql<{ id: string }>`
    update bill_items set rate = rate + 1 where id = (select min(id) from bill_items) returning zoho_bill_id as id`.execute(
    db,
  )
  const planted = [`bills ${rows[0]?.id}: rate`]
  const second = await prove(t, dataDir, '--repair')
  t.strictSame(second.differences, planted)
  t.equal(second.code, 1)
  t.strictSame((await prove(t, dataDir)).differences, [])
  running.child.kill('SIGINT')
  t.equal((await running.ended).code, 0)
})

t.test('it stays up with a signed webhook from every change, and ends in order on Ctrl-C', async (t) => {
  const { connectionString, db } = await emptyDatabase(t)
  const dataDir = t.testdir()
  const env = { DATABASE_URL: connectionString, TDS_DATA_DIR: dataDir }
  const running = demo(t, ['--items', '20'], env)
  await running.line(/Ctrl-C ends everything/)
  const file = join(dataDir, 'demo.json')
  for (const each of [file, join(dataDir, 'demo.env')])
    t.equal((await stat(each)).mode & 0o777, 0o600, 'only its owner reads the keys')
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

t.test('with true limits older documents are left to the backfill, and it says until when', async (t) => {
  const { connectionString } = await emptyDatabase(t)
  const env = { DATABASE_URL: connectionString, TDS_DATA_DIR: t.testdir() }
  const { code, text } = await demo(t, ['--once', '--items', '8', '--real-limits'], env).ended
  t.equal(code, 0) || t.comment(text)
  const [waiting, perDay] = tableOf(text, /history left to the backfill/).get('invoices') ?? []
  t.ok(waiting && perDay)
  t.match(text, /^invoices .* \d{4}-\d\d-\d\d$/m)
  t.notMatch(text, / backfill +\d+ read/)
  t.match(text, /equals the simulated Zoho as far as it was read/)
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
