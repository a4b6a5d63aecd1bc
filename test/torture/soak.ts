import { join } from 'node:path'
import { type Db, sql } from '../../db/index.ts'
import { prune } from '../../src/scheduler/retention.ts'
import { environmentFor, secrets } from '../helpers/environment.ts'
import { createRandom } from '../simulator/random.ts'
import { createChanger } from './changes.ts'
import { anyChange, endsRight } from './ending.ts'
import { startVictim, type Victim } from './fuzz/victim.ts'
import { checkInvariants } from './invariants.ts'
import { createPoller } from './load/poller.ts'
import { type Figure, figuresOf, measure, type Sight, steady } from './load/steady.ts'
import { eventually, type Figures, pick, type Trial, type TrialOptions } from './trial.ts'
import { createWorlds, type World } from './world.ts'

/** Hours of ordinary life, close together: whatever grows with time and not with what is stored must not grow. */
export const soak: Trial = {
  name: 'soak',
  about: 'mixed load for a long time: memory, handles, connections, tables and indexes stay flat, retention works',
  async run(options) {
    const { worlds, end } = await createWorlds(options.server, 1)
    try {
      const [world] = worlds
      if (!world) throw new Error('There is no world')
      return await live(world, options)
    } finally {
      await end()
    }
  },
}

async function live(world: World, options: TrialOptions): Promise<Figures> {
  const database = await world.database(false)
  const env = environmentFor(world.simulator, world.dataDir, {
    DATABASE_URL: database.connectionString,
    TDS_SPOOL_DIR: join(world.dataDir, 'spool-soak'),
  })
  const victim = await startVictim(env, new Set(Object.values(secrets)))
  try {
    await eventually(
      'the service is ready',
      30_000,
      async () => (await fetch(`${victim.url}/api/tds/health/ready`)).ok || undefined,
    )
    const figures = await day({ world, victim, db: database.db }, options)
    const code = await victim.stop()
    if (code !== 0) throw new Error(`The service ended with ${code}`)
    // Each round was judged at its end; retention has taken what the log of the simulator still names.
    await endsRight(world, env, database.connectionString, database.db, [])
    return figures
  } catch (error) {
    throw new Error(`It did not last; the log says:\n${victim.errors.slice(-5).join('\n')}`, { cause: error })
  } finally {
    await victim.kill()
    world.simulator.control.reset()
    await database.end()
  }
}

interface Scene {
  readonly world: World
  readonly victim: Victim
  readonly db: Db
}

const syncs = ['incremental', 'sweep', 'incremental', 'full', 'images'] as const

/** Rounds of everything; after each of them time has passed, and every few of them it is measured how it stands. */
async function day(scene: Scene, { seed, scale, signal, print }: TrialOptions): Promise<Figures> {
  const { world, victim, db } = scene
  const { control } = world.simulator
  const changer = createChanger(world.simulator)
  const random = createRandom(seed, 'soak')
  control.webhooks.set({
    target: `${victim.url}/api/tds/webhooks`,
    secret: secrets.webhook,
    duplicatePercent: 10,
    reorder: true,
  })
  await retentionOfADay(db)
  const poller = createPoller(victim.url, 20_000)
  const until = Date.now() + pick(scale, { short: 10_000, normal: 90_000, full: 1_800_000 })
  const measureEveryMs = pick(scale, { short: 1_500, normal: 4_000, full: 30_000 })
  const sights: Sight[] = []
  const done = { rounds: 0, changes: 0, webhooks: 0, syncs: 0, 'dead letters requeued': 0, 'old rows pruned': 0 }
  let measuredAt = 0
  const leastSights = scale === 'short' ? 1 : 12
  for (; (Date.now() < until || sights.length < leastSights) && !signal.aborted; done.rounds++) {
    for (let each = 0; each < 6; each++) if (changer.make(steadily(anyChange(random)))) done.changes++
    const delivered = await control.webhooks.deliver({ concurrency: 4 })
    done.webhooks += delivered.filter(({ status }) => status === 200).length
    if (await sync(victim, syncs[done.rounds % syncs.length] ?? 'full')) done.syncs++
    if (done.rounds % 3 === 0) done['dead letters requeued'] += await deadLetter(scene)
    await quiet(db)
    await noDeadLetters(db)
    await checkInvariants(db, delivered)
    done['old rows pruned'] += await twoDaysPass(db)
    if (Date.now() - measuredAt < measureEveryMs) continue
    measuredAt = Date.now()
    sights.push(await measure({ victim, db }))
    if (scale === 'full' && sights.length % 10 === 0) print(`  ${JSON.stringify(sights.at(-1))}`)
  }
  const polled = await poller.end()
  for (const [what, count] of Object.entries(done))
    if (count === 0) throw new Error(`In all the time there were 0 ${what}`)
  if (victim.faults.length > 0) throw new Error(victim.faults.join('\n'))
  if (victim.lines > 12 * (done.webhooks + done.syncs + polled.asked)) throw new Error(`${victim.lines} lines of log`)
  // A few seconds say nothing about what grows with the hours.
  const found: readonly Figure[] = scale === 'short' ? [] : steady(sights)
  for (const each of found) print(`  ${each.words}`)
  const growing = found.filter(({ grows }) => grows)
  if (growing.length > 0) throw new Error(`It grows:\n${growing.map(({ words }) => words).join('\n')}`)
  return {
    ...done,
    'questions meanwhile': polled.asked,
    'of them, database too slow': polled.tooSlow,
    'lines of log': victim.lines,
    ...figuresOf(sights),
  }
}

/**
 * An organisation that keeps its size: what it stores would be allowed to grow. Price lists stay as they are, because a
 * list of a few lines that loses most of them is a mass change, which waits for a person.
 */
const steadily = ({ kind, resource, ...change }: ReturnType<typeof anyChange>): ReturnType<typeof anyChange> => ({
  ...change,
  kind: kind === 'create' || kind === 'delete' || kind === 'recreate' ? 'edit' : kind,
  resource: resource === 'pricebooks' ? 'items' : resource,
})

const headers = { authorization: `Bearer ${secrets.admin}`, 'content-type': 'application/json' }

async function sync({ url }: Victim, mode: string): Promise<boolean> {
  const body = JSON.stringify({ mode, reason: 'soak' })
  const reply = await fetch(`${url}/api/tds/syncs`, { method: 'POST', headers, body })
  await reply.text()
  if (reply.status >= 500) throw new Error(`A sync was answered with ${reply.status}`)
  return reply.ok
}

/** A record whose read fails for good, and an operator who has it read again. */
async function deadLetter({ world, victim, db }: Scene): Promise<number> {
  const [id = ''] = world.simulator.control.records.ids('contacts')
  await sql`
    insert into tds_dead_letter_queue (entity_type, source_entity_id, error_code, error_message, attempts)
    values ('customers', ${id}, 'SOAK', 'made by the trial', 1) on conflict do nothing`.execute(db)
  const { rows } = await sql<{ id: number }>`
    select id from tds_dead_letter_queue where not resolved and error_code = 'SOAK'`.execute(db)
  const [letter] = rows
  if (!letter) return 0
  const reply = await fetch(`${victim.url}/api/tds/dlq/${letter.id}/requeue`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ reason: 'soak' }),
  })
  if (!reply.ok) throw new Error(`A requeue was answered with ${reply.status}: ${await reply.text()}`)
  await reply.text()
  return 1
}

const quiet = (db: Db) =>
  eventually('the round is worked off', 60_000, async () => {
    const { rows } = await sql<{ left: number }>`
      select (select count(*) from tds_sync_queue_live) + (select count(*) from tds_inbox_events where status = 'received')
        + (select count(*) from tds_sync_runs where status in ('queued', 'running', 'read')) as left`.execute(db)
    return rows[0]?.left === 0 || undefined
  })

/** Nothing in this world fails for good. @throws what did, in its own words */
async function noDeadLetters(db: Db): Promise<void> {
  const { rows } = await sql<Record<string, unknown>>`
    select l.entity_type, l.source_entity_id, l.error_code, l.error_message,
      (select outcome from tds_sync_queue_done q where q.entity_type = l.entity_type
        and q.source_entity_id = l.source_entity_id order by q.finished_at desc limit 1) as last_outcome
    from tds_dead_letter_queue l where not resolved limit 5`.execute(db)
  if (rows.length > 0) throw new Error(`Dead letters: ${JSON.stringify(rows)}`)
}

const retained = ['finished', 'logs', 'events', 'documents', 'runs', 'frequent_runs', 'row_history', 'dead_letters']

/** As an operator sets it. */
async function retentionOfADay(db: Db): Promise<void> {
  for (const name of [...retained, 'audit'])
    await sql`
      insert into tds_configuration (key, value, updated_by) values (${`retention.${name}_days`}, '1', 'soak')
      on conflict (key) do update set value = excluded.value`.execute(db)
}

/** What is over became old, and the hour of retention came. @returns rows that are gone */
async function twoDaysPass(db: Db): Promise<number> {
  const ages = [
    ['tds_sync_queue_done', 'finished_at'],
    ['tds_sync_logs', 'created_at'],
    ['tds_inbox_events', 'received_at'],
    ['tds_audit_trail_rows', 'at'],
    ['tds_audit_trail_operators', 'at'],
  ] as const
  for (const [table, column] of ages)
    await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${sql.ref(column)} - interval '2 days'`.execute(db)
  await sql`
    update tds_sync_runs set started_at = started_at - interval '2 days' where status in ('settled', 'incomplete', 'cancelled')`.execute(
    db,
  )
  await sql`update tds_sync_documents set read_at = read_at - interval '2 days'`.execute(db)
  const before = await rowsOf(db)
  await prune(db)
  const after = await rowsOf(db)
  if (after > 0) throw new Error(`Retention left ${after} of ${before} rows that are two days old`)
  return before
}

async function rowsOf(db: Db): Promise<number> {
  const { rows } = await sql<{ old: number }>`
    select (select count(*) from tds_sync_queue_done where finished_at < now() - interval '1 day')
      + (select count(*) from tds_sync_logs where created_at < now() - interval '1 day')
      + (select count(*) from tds_inbox_events where received_at < now() - interval '1 day'
          and (status = 'duplicate' or settled_at is not null)) as old`.execute(db)
  return rows[0]?.old ?? 0
}
