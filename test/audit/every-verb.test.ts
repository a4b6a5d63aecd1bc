import t from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { commands, runCli } from '../../src/cli/index.ts'
import { letter } from '../dead-letters/setup.ts'
import { testDatabase } from '../helpers/database.ts'
import { environmentFor } from '../helpers/service.ts'
import { createSimulator } from '../simulator/index.ts'

const why = 'a test of the trail'

/** One value of a row that is made, without a line of its own. */
async function made(db: Db, statement: ReturnType<typeof sql<{ id: unknown }>>): Promise<string> {
  const { rows } = await statement.execute(db)
  return String(rows[0]?.id)
}

const keyId = (db: Db) =>
  made(
    db,
    sql`insert into tds_api_keys (id, name, hash, scopes, created_by)
      select left(md5(random()::text), 8), 'made', decode(md5(random()::text) || md5(random()::text), 'hex'), '{stats:read}', 'test'
      returning id`,
  )

const open = async (db: Db, id: string) => String(await letter(db, { source_entity_id: id, error_code: 'ZOHO_SCOPE' }))

const parkedEvent = (db: Db) =>
  made(
    db,
    sql`insert into tds_inbox_events (event_id, module, status, reason)
      values (gen_random_uuid(), 'products', 'parked', 'x') returning event_id as id`,
  )

const batch = (db: Db) =>
  made(
    db,
    sql`insert into tds_dlq_batches (id, frozen_at, total, actor, reason, confirmed_at)
      values (gen_random_uuid(), now(), 100, 'cli', 'x', now()) returning id`,
  )

/** A comparison; one that runs is of another session, which holds the lock of comparisons meanwhile. */
const comparison = (db: Db, state: 'running' | 'done') =>
  made(
    db,
    sql`insert into tds_verify_runs (id, state, actor, trigger, entities, process_id, finished_at)
      values (gen_random_uuid(), ${state}, 'x', 'api', '{}', gen_random_uuid(), ${state === 'done' ? new Date() : null})
      returning id`,
  )

async function different(db: Db): Promise<string> {
  const id = await comparison(db, 'done')
  await sql`insert into tds_verify_differences (run_id, entity_type, source_entity_id, kind)
    values (${id}, 'warehouses', '1', 'missing')`.execute(db)
  return id
}

const finding = (db: Db, isAccepted: boolean) =>
  made(
    db,
    sql`insert into tds_findings (rule, entity_type, source_entity_id, severity, message, expected, found, validation_id,
        accepted_at, accepted_until, accepted_by, accepted_reason)
      values ('negative_stock', 'products', md5(random()::text), 'warning', 'x', '0', '-1', 1,
        ${isAccepted ? new Date() : null}, ${isAccepted ? new Date('2099-01-01') : null}, 'x', 'x') returning id`,
  )

const runId = async (db: Db) =>
  made(db, sql`select id from tds_sync_runs where status in ('queued', 'running') order by id desc limit 1`)

interface Verb {
  readonly words: (db: Db) => Promise<readonly string[]>
  /** Whether it takes a `--reason`. @default true */
  readonly reason?: boolean
  /** A line for each thing it makes. @default one line */
  readonly lines?: 'each'
}

const says = (...words: readonly string[]): Verb => ({ words: async () => words })

/** Verbs that change something, in order, and what is said to them. */
const changing: Readonly<Record<string, Verb>> = {
  'keys create': says('ERP', '--scope', 'stats:read'),
  'keys rotate': { words: async (db) => [await keyId(db)] },
  'keys revoke': { words: async (db) => [await keyId(db)] },
  'dlq requeue': { words: async (db) => [await open(db, '1')] },
  'dlq resolve': { words: async (db) => [await open(db, '2')] },
  'dlq cancel': { words: async (db) => [await batch(db)] },
  'events replay': { words: async (db) => [await parkedEvent(db)] },
  'healing off': says('missing-files'),
  'healing on': says('missing-files'),
  'healing run': { ...says('missing-files'), reason: false },
  'sync start': says('full', 'warehouses'),
  'sync pause': { words: async (db) => [await runId(db)] },
  'sync resume': { words: async (db) => [await runId(db)] },
  'sync cancel': { words: async (db) => [await runId(db)] },
  'sync schedule': says('products.full', '--off'),
  'sync cursors': says('products', '--since', '2026-01-01'),
  'sync shares': says('--backfill', '30'),
  'queue pause': says('image'),
  'queue resume': says('image'),
  'findings accept': { words: async (db) => [await finding(db, false), '--until', '90d'] },
  'findings unaccept': { words: async (db) => [await finding(db, true)] },
  'settings set': says('retention.events_days', '14'),
  'settings unset': says('retention.events_days'),
  'verify repair': { words: async (db) => [await different(db)] },
  'verify cancel': { words: async (db) => [await comparison(db, 'running')] },
  'zoho webhooks register': { ...says('--apply'), reason: false, lines: 'each' },
  validate: { ...says(), reason: false },
}

/** Verbs that only look, and those whose work tables of their own tell: a run has a row that says who wanted it. */
const others: readonly string[] = [
  ...['full', 'incremental', 'sweep', 'images', 'backfill'].map((mode) => `sync ${mode}`),
  ...['plan', 'self-test', 'list', 'show', 'pauses', 'schedules'].map((verb) => `sync ${verb}`),
  ...['verify', 'verify list', 'verify show', 'migrate', 'status', 'doctor', 'audit', 'healthcheck', 'config'],
  ...['config check', 'healthcheck live', 'healthcheck ready', 'healthcheck full'],
  ...['zoho auth', 'zoho whoami', 'zoho webhooks check', 'dlq list', 'dlq show', 'dlq groups', 'dlq batch'],
  ...['healing list', 'events list', 'keys list', 'queue list', 'settings list', 'findings list', 'findings settings'],
]

/** What the help says can be written after `npm run tds --`. */
const written = commands.flatMap(({ name, usage }) => {
  const phrases = usage
    .replace(/<[^>]*>|\w+…|csv\|ndjson/g, '<>')
    .split(/[|\n]/)
    .map((part) => /^[[\s]*((?:[a-z-]+ ?)*)/.exec(part)?.[1]?.trim() ?? '')
    .map((words) => words.replace(new RegExp(`^${name} `), ''))
    .filter((words) => words !== '' && !words.startsWith('-'))
  return phrases.length > 0 ? phrases.map((words) => `${name} ${words}`) : [name]
})

t.test('every verb that the help names is tried here, or said to change nothing', async (t) => {
  const known = [...Object.keys(changing), ...others]
  t.same(
    written.filter((verb) => !known.includes(verb)),
    [],
    'a new verb needs a line in one of the tables above',
  )
  t.ok(written.length > 40, `${written.length} verbs`)
})

t.test('every change on the command line leaves one line of its own', async (t) => {
  const simulator = await createSimulator({ items: 5, limits: 'relaxed' })
  t.teardown(() => simulator.close())
  const { db, connectionString, pool } = await testDatabase(t)
  const env = environmentFor(simulator, t.testdir(), {
    DATABASE_URL: connectionString,
    PORT: '1',
    TDS_PUBLIC_URL: 'https://tds.example.com',
  })
  const other = await pool.connect()
  t.teardown(() => other.release(true))
  await other.query('select pg_advisory_lock(32, 1)')
  for (const [verb, { words, reason: hasReason = true, lines }] of Object.entries(changing)) {
    const argv = [...verb.split(' '), ...(await words(db)), ...(hasReason ? ['--reason', why] : []), '--json']
    const last = await sql<{ id: number }>`select coalesce(max(id), 0) as id from tds_audit_trail`.execute(db)
    let said = ''
    const stream = {
      write(part: string) {
        said += part
      },
    }
    const { signal } = new AbortController()
    const code = await runCli({ argv, commands, env, stdout: stream, stderr: stream, signal })
    t.equal(code, 0, `${argv.join(' ')}: ${said.slice(0, 300)}`)
    const { rows } = await sql<{ actor: string; action: string; reason: string | null }>`
      select actor, action, reason from tds_audit_trail_operators
      where id > ${last.rows[0]?.id ?? 0} and actor = 'cli'`.execute(db)
    const [first, ...more] = rows
    t.match(first, { actor: 'cli', action: /^[a-z_]+\.[a-z_]+$/, reason: hasReason ? why : null }, verb)
    if (lines !== 'each') t.same(more, [], `${verb} is told once`)
  }
})
