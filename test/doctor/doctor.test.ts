import { createHash } from 'node:crypto'
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { type DoctorDeps, diagnose, type Result, type Verdict } from '../../src/doctor/index.ts'
import { environmentFor, type Service, startService } from '../helpers/service.ts'

interface Bench extends Service {
  readonly deps: DoctorDeps
  look(over?: Partial<DoctorDeps>, offline?: boolean): Promise<readonly Result[]>
}

async function setUp(t: Test): Promise<Bench> {
  const service = await startService(t, {
    simulator: { items: 30 },
    env: { TDS_ENCRYPTION_KEY: `${'k'.repeat(20)}encryption-key` },
  })
  const { ctx, config, url, db, simulator } = service
  const deps: DoctorDeps = {
    config: { ...config, publicUrl: url },
    env: environmentFor(simulator, config.dataDir),
    db,
    zoho: ctx.zoho,
    entities: ctx.entities,
    clock: ctx.clock,
    signal: new AbortController().signal,
    causes: async () => (await ctx.deadLetters.groups({ limit: 10 })).items,
    noDatabase: undefined,
  }
  const look = (over: Partial<DoctorDeps> = {}, offline = false) => diagnose({ ...deps, ...over }, { offline })
  return { ...service, deps, look }
}

const of = (results: readonly Result[], check: string) => results.filter((result) => result.check === check)

t.test(
  'a mirror in order has no problem, every check is told with a fact, and every entry of the runbook is there',
  async (t) => {
    const { look, sync } = await setUp(t)
    for (const name of ['warehouses', 'products', 'inventory_items', 'product_images', 'pricing_lists'])
      await sync('full', name)
    const results = await look()
    t.strictSame(
      results.filter(({ verdict }) => verdict === 'problem').map(({ check, evidence }) => `${check}: ${evidence}`),
      [],
    )
    for (const { check, evidence, verdict, fix } of results) {
      t.ok(evidence.length > 4, `${check} has evidence`)
      t.equal(fix === null, verdict === 'ok' || verdict === 'skipped', `${check} has a fix where one is needed`)
    }
    t.match(
      of(results, 'endpoints')
        .map(({ evidence }) => evidence)
        .join('\n'),
      /products: inventory \/items answers; ZohoInventory\.items\.READ/,
    )
    t.match(
      of(results, 'endpoints')
        .map(({ evidence }) => evidence)
        .join('\n'),
      /product_images: inventory \/items\/\d+\/image answers/,
    )
    t.match(of(results, 'organization')[0]?.evidence, 'is the configured one of 1')
    t.match(of(results, 'public-url').at(-1)?.evidence, 'reaches TDS')
    const runbook = await readFile('docs/runbook.md', 'utf8')
    const anchors = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    )
    for (const { runbook: link } of results) t.ok(anchors.includes(link.split('#')[1] ?? ''), link)
  },
)

t.test('it changes nothing: no row but its own calls, no file, no token', async (t) => {
  const { look, sync, db, config } = await setUp(t)
  for (const name of ['warehouses', 'products']) await sync('full', name)
  const calls = ['tds_zoho_calls', 'tds_zoho_budget']
  const [files, whole, besides] = [await filesIn(config.dataDir), await checksum(db, []), await checksum(db, calls)]
  t.ok(Object.keys(whole).length > 40, 'all tables are looked at')
  await look({}, true)
  t.strictSame(await checksum(db, []), whole, 'offline not even a call is written down')
  await look()
  t.strictSame(await checksum(db, calls), besides)
  t.strictSame(await filesIn(config.dataDir), files)
})

t.test('a missing scope is named, and the token stays the one it was', async (t) => {
  const { look, simulator, db } = await setUp(t)
  simulator.control.faults.set({ kind: 'no-scope', path: '/books/v3/bills' })
  const generation = async () =>
    (await sql<{ generation: number }>`select generation from tds_zoho_token`.execute(db)).rows[0]?.generation
  const before = await generation()
  const bills = of(await look(), 'endpoints').find(({ evidence }) => evidence.startsWith('bills:'))
  t.match(bills, {
    verdict: 'problem',
    evidence: /code 57.*ZohoBooks\.bills\.READ/,
    fix: /zoho auth.*ZohoBooks\.bills\.READ/,
  })
  t.equal(await generation(), before)
  simulator.control.faults.clear()
  t.match(
    of(await look(), 'endpoints').find(({ evidence }) => evidence.startsWith('bills:')),
    { verdict: 'ok' },
  )
})

interface Break {
  readonly name: string
  readonly check: string
  readonly verdict: Verdict
  readonly evidence: RegExp
  readonly make: (bench: Bench) => Promise<unknown>
  readonly mend: (bench: Bench) => Promise<unknown>
  readonly over?: (bench: Bench) => Partial<DoctorDeps>
}

const nothing = async () => {}
const run =
  (statement: string) =>
  async ({ db }: Bench) =>
    sql.raw(statement).execute(db)
const dead = '0190a1b2-0000-7000-8000-00000000dead'

const breaks: readonly Break[] = [
  {
    name: 'a column is gone',
    check: 'schema',
    verdict: 'problem',
    evidence: /table products lacks column reorder_level/,
    make: run('alter table products rename column reorder_level to reorder'),
    mend: run('alter table products rename column reorder to reorder_level'),
  },
  {
    name: 'a migration is not applied',
    check: 'schema',
    verdict: 'problem',
    evidence: /1 migration\(s\) are not applied: 0001_inbox/,
    make: run("update tds_migrations set name = 'x0001_inbox' where name = '0001_inbox'"),
    mend: run("update tds_migrations set name = '0001_inbox' where name = 'x0001_inbox'"),
  },
  {
    name: 'an index is missing',
    check: 'indexes',
    verdict: 'problem',
    evidence: /idx_products_image_url is missing/,
    make: run('alter index idx_products_image_url rename to idx_elsewhere'),
    mend: run('alter index idx_elsewhere rename to idx_products_image_url'),
  },
  {
    name: 'an index is invalid',
    check: 'indexes',
    verdict: 'problem',
    evidence: /idx_products_image_url is invalid/,
    make: run("update pg_index set indisvalid = false where indexrelid = 'idx_products_image_url'::regclass"),
    mend: run("update pg_index set indisvalid = true where indexrelid = 'idx_products_image_url'::regclass"),
  },
  {
    name: 'an item is past its lease',
    check: 'claims',
    verdict: 'problem',
    evidence: /1 of 1 claimed items are past their lease/,
    make: run(`insert into tds_sync_queue (entity_type, source_entity_id, lane, status, attempts, claimed_version, claimed_at, lease_owner, lease_until, run_at)
      values ('products', '1', 'image', 'processing', 1, 1, now() - interval '10 minutes', '${dead}', now() - interval '5 minutes', now() + interval '1 day')`),
    mend: run('delete from tds_sync_queue'),
  },
  {
    name: 'a run that nobody works on',
    check: 'claims',
    verdict: 'warning',
    evidence: /runs nobody works on: bills full/,
    make: run("insert into tds_sync_runs (entity_type, mode) values ('bills', 'full')"),
    mend: run('delete from tds_sync_runs'),
  },
  {
    name: 'the reader reads tokens',
    check: 'reader-role',
    verdict: 'problem',
    evidence: /tds_reader may read tds_zoho_token/,
    make: run('grant select on tds_zoho_token to tds_reader'),
    mend: run('revoke select on tds_zoho_token from tds_reader'),
  },
  {
    name: 'the reader lacks a view',
    check: 'reader-role',
    verdict: 'warning',
    evidence: /may not read v_products_catalog/,
    make: run('revoke select on v_products_catalog from tds_reader'),
    mend: run('select tds_grant_reader()'),
  },
  {
    name: 'the reader may write',
    check: 'reader-role',
    verdict: 'problem',
    evidence: /may write products/,
    make: run('grant update on products to tds_reader'),
    mend: run('revoke update on products from tds_reader'),
  },
  {
    name: 'the clock of the process is ahead',
    check: 'clock-database',
    verdict: 'problem',
    evidence: /the database is \d+ min behind this process/,
    make: nothing,
    mend: nothing,
    over: ({ ctx }) => ({ clock: { ...ctx.clock, now: () => Date.now() + 300_000 } }),
  },
  {
    name: 'Zoho refuses the credentials',
    check: 'token',
    verdict: 'problem',
    evidence: /refuses the credentials since .*: invalid_code/,
    make: run("update tds_zoho_token set paused_at = now(), error_code = 'invalid_code'"),
    mend: run('update tds_zoho_token set paused_at = null, error_code = null'),
  },
  {
    name: 'there is no access token',
    check: 'token',
    verdict: 'warning',
    evidence: /no living access token/,
    make: run("update tds_zoho_token set expires_at = now() - interval '1 minute'"),
    mend: run("update tds_zoho_token set expires_at = now() + interval '1 hour'"),
  },
  {
    name: 'another organisation is configured',
    check: 'organization',
    verdict: 'problem',
    evidence: /does not see organisation 42; it sees Simulated Trading Company/,
    make: nothing,
    mend: nothing,
    over: ({ deps }) => ({ config: { ...deps.config, zoho: { ...deps.config.zoho, organizationId: '42' } } }),
  },
  {
    name: 'the custom field has another name',
    check: 'custom-fields',
    verdict: 'warning',
    evidence: /none of \d+ products has cf_arabic; they have .*cf_name_ar/,
    make: ({ sync }) => sync('full', 'products'),
    mend: nothing,
    over: ({ deps }) => ({ config: { ...deps.config, fields: { ...deps.config.fields, nameAr: 'cf_arabic' } } }),
  },
  {
    name: 'a dead letter is open',
    check: 'dead-letters',
    verdict: 'warning',
    evidence: /1 × /,
    make: run(
      "insert into tds_dead_letter_queue (entity_type, source_entity_id, error_code, error_message) values ('bills', '1', 'ZOHO_CODE', 'odd')",
    ),
    mend: run('delete from tds_dead_letter_queue'),
  },
  {
    name: 'webhooks were refused, and it was observed why',
    check: 'webhook-signatures',
    verdict: 'warning',
    evidence: /3 refused within a day: 3 wrong signature; observed: hex signature over the body only/,
    make: run(
      "insert into tds_metrics (bucket, name, label, value) values (now(), 'webhook_refused', 'wrong_signature', 3), (now(), 'webhook_observed', 'hex signature over the body only matches secret 1', 1)",
    ),
    mend: run("delete from tds_metrics where name in ('webhook_refused', 'webhook_observed')"),
  },
  {
    name: 'one secret for two purposes',
    check: 'secrets',
    verdict: 'problem',
    evidence: /one secret is used for two purposes/,
    make: nothing,
    mend: nothing,
    over: ({ deps: { config } }) => ({ config: { ...config, webhook: { ...config.webhook, key: config.admin.key } } }),
  },
  {
    name: 'the spool folder is a file',
    check: 'disk',
    verdict: 'problem',
    evidence: /spool folder .* is a file/,
    make: nothing,
    mend: nothing,
    over: ({ deps: { config } }) => ({ config: { ...config, spool: { ...config.spool, dir: 'package.json' } } }),
  },
  {
    name: 'others can read the keys',
    check: 'config-files',
    verdict: 'warning',
    evidence: /keys\.json \(644\)/,
    async make({ config }) {
      await writeFile(join(config.dataDir, 'keys.json'), '{}')
      await chmod(join(config.dataDir, 'keys.json'), 0o644)
    },
    mend: ({ config }) => rm(join(config.dataDir, 'keys.json')),
  },
  {
    name: 'the public URL leads to somebody else',
    check: 'public-url',
    verdict: 'problem',
    evidence: /webhooks\/test answers 404/,
    make: nothing,
    mend: nothing,
    over: ({ deps: { config }, simulator }) => ({ config: { ...config, publicUrl: simulator.url } }),
  },
]

t.test('each thing that breaks is found with its evidence, and is fine when it is mended', async (t) => {
  const bench = await setUp(t)
  await bench.sync('full', 'products')
  await bench.ctx.scheduler.stop()
  await bench.ctx.workers.stop()
  const seen = (results: readonly Result[], { check, evidence }: Break) =>
    of(results, check).find((result) => evidence.test(result.evidence))
  for (const each of breaks) {
    await each.make(bench)
    const found = seen(await bench.look(each.over?.(bench) ?? {}), each)
    t.match(found, { verdict: each.verdict, fix: /\w/ }, each.name)
    await each.mend(bench)
    t.equal(seen(await bench.look({}, each.check !== 'organization'), each), undefined, `${each.name}: mended`)
  }
})

t.test('where Zoho lets nobody call, it says so once and does not wait for each list', async (t) => {
  const { look, db } = await setUp(t)
  await sql`update tds_zoho_budget set breaker_state = 'open', breaker_retry_at = now() + interval '1 hour'`.execute(db)
  await sql`update tds_zoho_budget set day_limit = 1, day_used = 1, day_remaining = 0, day_resets_at = now() + interval '3 hours'
    where scope <> 'organization'`.execute(db)
  const results = await look()
  t.match(of(results, 'endpoints'), [{ verdict: 'skipped' }])
  t.equal(of(results, 'endpoints').length, 1)
})

t.test('without the database it goes on with what can be looked at', async (t) => {
  const { look } = await setUp(t)
  const results = await look({ noDatabase: 'the embedded PostgreSQL does not run' })
  t.match(of(results, 'database'), [{ verdict: 'problem', evidence: /does not run/ }])
  t.match(of(results, 'disk'), [{ verdict: 'ok' }, { verdict: 'ok' }])
  t.match(of(results, 'public-url').at(-1), { verdict: 'ok' })
  for (const check of ['schema', 'claims', 'token', 'endpoints'])
    t.match(of(results, check), [{ verdict: 'skipped' }], check)
})

/** A hash of each table's rows, whatever their order. */
async function checksum(db: Db, without: readonly string[]): Promise<Record<string, string>> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = current_schema() order by tablename`.execute(db)
  const sums: Record<string, string> = {}
  for (const { name } of rows) {
    if (without.includes(name) || volatile.has(name)) continue
    const { rows: found } = await sql<{ sum: string }>`
      select md5(coalesce(string_agg(each::text, chr(10) order by each::text), '')) as sum from ${sql.table(name)} as each`.execute(
      db,
    )
    sums[name] = found[0]?.sum ?? ''
  }
  return sums
}

/** What the running service itself writes every few seconds. */
const volatile = new Set(['tds_processes', 'tds_metrics', 'tds_zoho_organization'])

async function filesIn(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const facts: Record<string, string> = {}
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    const { mode, mtimeMs } = await stat(path)
    const hash = entry.isFile()
      ? createHash('sha256')
          .update(await readFile(path))
          .digest('hex')
      : ''
    facts[path] = `${mode} ${mtimeMs} ${hash}`
  }
  return facts
}
