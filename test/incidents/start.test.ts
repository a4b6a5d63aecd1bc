import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { renderSchema } from '../../db/generate.ts'
import { schemaDifferences, sql } from '../../db/index.ts'
import { commands, runCli } from '../../src/cli/index.ts'
import { loadEntities } from '../../src/entities/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { environmentFor } from '../helpers/environment.ts'
import { serveProcess } from '../helpers/process.ts'
import { until } from '../helpers/service.ts'
import { sourceFiles } from '../helpers/source-files.ts'
import { createSimulator } from '../simulator/index.ts'
import { ask, rowOf, rowsOf } from './setup.ts'

const root = join(import.meta.dirname, '../..')
const simulator = await createSimulator({ items: 5, limits: 'relaxed' })
t.teardown(() => simulator.close())
const dataDir = await mkdtemp(join(tmpdir(), 'tds-incidents-'))
t.teardown(() => rm(dataDir, { recursive: true, force: true }))
const { db, connectionString } = await testDatabase(t)
const env = environmentFor(simulator, dataDir, { DATABASE_URL: connectionString, TDS_SCHEDULER: 'true' })

async function tds(over: Record<string, string>, ...argv: string[]) {
  let stdout = ''
  const code = await runCli({
    argv: [...argv, '--json'],
    commands,
    env: { ...env, ...over },
    stdout: { write: (part) => (stdout += part) },
    stderr: { write: () => true },
    signal: AbortSignal.timeout(20_000),
  })
  return { code, said: stdout }
}

t.test('I12: every file of the service loads, and every script of the package leads to a file', async (t) => {
  for (const { path } of await sourceFiles('src', 'routes', 'db')) {
    // Starts when it is loaded; the next test starts it.
    if (path !== 'src/main.ts') await t.resolves(import(join(root, path)), path)
  }
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  for (const [name, script] of Object.entries(scripts)) {
    const file = /^node (\S+)/.exec(script)?.[1]
    if (file) t.ok(existsSync(join(root, file)), `npm run ${name}: ${file}`)
  }
  t.match(scripts, { start: 'node src/main.ts serve' })
})

t.test('I2: a started service brings every entity by itself, each by a run that can be looked up', async (t) => {
  const service = await serveProcess(t, env)
  t.match(await ask(service, '/api/tds/health/live'), { status: 200, json: { live: true } }, 'I12: npm start serves')
  const names = (await loadEntities()).list().map(({ name }) => name)
  await until(
    db,
    'every entity had its run',
    sql`select count(distinct entity_type) = ${names.length} from tds_sync_runs
      where status = 'settled' and mode in ('full', 'images') and trigger = 'schedule' and fetched > 0`,
    60_000,
  )
  const { last_sync } = (await ask(service, '/api/tds/health')).json as { last_sync: Record<string, string | null> }
  for (const name of names) t.match(last_sync[name], /^20/, name)
  t.match(await rowOf(db, sql`select count(*) as n from products`), { n: 5 })
  t.equal(await service.stop(), 0)
})

t.test('I20: a job reaches the database the service reaches, with the same settings, or fails aloud', async (t) => {
  const before = await rowOf(db, sql`select count(*) as prices from product_prices where not computed`)
  await sql`delete from product_prices`.execute(db)
  await sql`update pricing_lists set hashes = '{}'`.execute(db)
  t.match(await tds({}, 'sync', 'sweep', 'pricing_lists'), { code: 0 })
  t.same(await rowOf(db, sql`select count(*) as prices from product_prices where not computed`), before)

  const nowhere = { DATABASE_URL: 'postgres://tds@127.0.0.1:1/tds', TDS_SCHEDULER: 'false' }
  t.match(await tds(nowhere, 'dlq', 'list'), { code: 1, said: /"error":\s*\{\s*"code"/ })
  const service = await serveProcess(t, { ...env, ...nowhere })
  t.match(await ask(service, '/api/tds/health/live'), { status: 200 })
  t.match(await ask(service, '/api/tds/health/ready'), { status: 503, json: { ready: false, reasons: [String] } })
  t.match(await ask(service, '/api/tds/health'), { status: 503, json: { status: 'unhealthy' } })
  await service.kill()
})

t.test(
  'I26: what the code takes for the columns is what the migrations make, and what operators ask works',
  async (t) => {
    t.equal(await renderSchema(db), await readFile(join(root, 'db/schema.ts'), 'utf8'), 'npm run schema')
    const asked = [
      'SELECT status, COUNT(*) as count, MIN(created_at) as oldest, MAX(created_at) as newest FROM tds_sync_queue GROUP BY status ORDER BY status;',
      'SELECT entity_type, COUNT(*) as failed_count, COUNT(CASE WHEN resolved = false THEN 1 END) as unresolved FROM tds_dead_letter_queue GROUP BY entity_type ORDER BY failed_count DESC;',
      'SELECT COUNT(*) as total_products, COUNT(image_url) as products_with_images, ROUND(COUNT(image_url)::numeric / COUNT(*)::numeric * 100, 2) as coverage_percent FROM products WHERE is_active = true;',
    ]
    for (const query of asked) await t.resolves(sql.raw(query).execute(db))
    t.ok((await rowsOf(db, sql.raw(asked[0] ?? ''))).length > 0)
    const other = await testDatabase(t)
    await sql`alter table tds_sync_logs rename column attempt to retry_count`.execute(other.db)
    t.match(await schemaDifferences(other.db), [/^table tds_sync_logs lacks column attempt/])
  },
)

t.test('I24: a database that somebody changed by hand is refused at the start, with what differs', async (t) => {
  await sql`alter table products alter column unit_price type float8`.execute(db).catch(async () => {
    await sql`drop view v_products_catalog`.execute(db)
    await sql`alter table products alter column unit_price type float8`.execute(db)
  })
  await sql`alter table tds_sync_runs drop column error_message`.execute(db)
  const service = await serveProcess(t, env)
  const [code] = (await once(service.child, 'exit', { signal: AbortSignal.timeout(20_000) })) as [number | null]
  t.equal(code, 1)
  const said = service.lines.join('\n')
  t.match(said, 'SCHEMA_DRIFT')
  t.match(said, 'table tds_sync_runs lacks column error_message')
  t.match(said, /column unit_price of table products is .{0,2}float8/)
})
