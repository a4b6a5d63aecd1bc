import { join } from 'node:path'
import { type Db, sql } from '../../db/index.ts'
import { environmentFor, secrets } from '../helpers/environment.ts'
import { type ServeProcess, spawnService } from '../helpers/process.ts'
import { endsRight } from './ending.ts'
import { createPoller, type Polled } from './load/poller.ts'
import { residentMib, watch } from './load/process.ts'
import { fire, type Landed, type Volley } from './load/sender.ts'
import { targetsOf } from './load/targets.ts'
import { compareMirror } from './mirror.ts'
import { eventually, type Figures, pick, type Trial, type TrialOptions } from './trial.ts'
import { createWorlds, type World } from './world.ts'

/** What one process may need beside what it needs anyway, in MiB, however many webhooks come at once. */
const mostMib = 400
/** Anybody who asks is answered within it, in the middle of the flood as well. */
const patienceMs = 10_000

/** More webhooks than anybody can work off at once, from one sender and from very many, while people look at it. */
export const flood: Trial = {
  name: 'flood',
  about: 'a flood of webhooks from one address and from many: all kept, none refused, memory bounded, health says so',
  async run(options) {
    const { worlds, end } = await createWorlds(options.server, 1)
    try {
      const [world] = worlds
      if (!world) throw new Error('There is no world')
      return await flooded(world, options)
    } finally {
      await end()
    }
  },
}

async function flooded(world: World, options: TrialOptions): Promise<Figures> {
  const database = await world.database(false)
  const env = environmentFor(world.simulator, world.dataDir, {
    TDS_SPOOL_DIR: join(world.dataDir, 'spool-flood'),
    TDS_TRUST_PROXY: '127.0.0.1',
    DATABASE_URL: database.connectionString,
  })
  const { process, ready } = spawnService(env)
  try {
    await ready
    await eventually('the service is ready', 30_000, async () => (await ask(process, '/ready')).ok || undefined)
    const figures = await pour({ world, process, db: database.db }, options)
    const code = await process.stop()
    if (code !== 0) throw new Error(`The service ended with ${code}`)
    await endsRight(world, env, database.connectionString, database.db)
    return figures
  } catch (error) {
    const told = process.lines.filter((line) => line.includes('"level":50')).slice(-5)
    throw new Error(`The flood did harm; the log says:\n${told.join('\n')}`, { cause: error })
  } finally {
    await process.kill()
    await database.end()
  }
}

interface Scene {
  readonly world: World
  readonly process: ServeProcess
  readonly db: Db
}

async function pour(scene: Scene, { scale, print }: TrialOptions): Promise<Figures> {
  const { world, process, db } = scene
  const pid = process.child.pid ?? 0
  const targets = targetsOf(world.simulator)
  for (const [at, { resource, id }] of targets.entries())
    world.simulator.control.records.change(resource, id, { notes: `flood ${at}`, description: `flood ${at}` })
  await sensitive(process)
  const calm = await residentMib(pid)
  const memory = watch(100, () => residentMib(pid))
  const poller = createPoller(process.url, patienceMs)
  const port = Number(new URL(process.url).port)
  const count = pick(scale, { short: 660, normal: 6_600, full: 33_400 })
  const common = { port, count, key: secrets.key, targets, bytes: 1_500, forgedEvery: 5 }
  const volleys: readonly Volley[] = [
    { ...common, from: 'one', connections: 64 },
    { ...common, from: { forwarded: 20_000 }, connections: 256 },
    { ...common, from: { local: 200 }, connections: 400 },
  ]
  const began = Date.now()
  const landed = [await behindClosedDoors(scene, fire(volleys[0] as Volley), print)]
  for (const volley of volleys.slice(1)) landed.push(await fire(volley).landed)
  const seconds = Math.round((Date.now() - began) / 1000)
  await drained(db)
  await eventually('health does not speak of waiting webhooks any more', 30_000, () => isCalm(process))
  const polled = await poller.end()
  const peak = Math.max(...(await memory.end()))
  const found = [...(await compareMirror(world.simulator, db))]
  if (found.length > 0) throw new Error(`The tables differ from Zoho:\n${found.slice(0, 10).join('\n')}`)
  if (peak - calm > mostMib) throw new Error(`${calm} MiB at rest, ${peak} MiB in the flood`)
  return {
    ...(await judged(landed, db)),
    ...figuresOf(polled),
    'seconds of flood': seconds,
    'MiB at rest': calm,
    'MiB at most': peak,
  }
}

/** Limits that a short flood reaches. */
async function sensitive(process: ServeProcess): Promise<void> {
  const reply = await fetch(`${process.url}/api/tds/alerts/thresholds/waiting_webhook_seconds`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${secrets.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ value: { warning: 0, critical: 3600 }, reason: 'flood' }),
  })
  if (!reply.ok) throw new Error(`The limit was not taken: ${reply.status}`)
}

/** Nothing can be queued until health has said that webhooks wait: as when the queue cannot keep up for a long time. */
async function behindClosedDoors(
  { db, process }: Scene,
  flood: ReturnType<typeof fire>,
  print: (line: string) => void,
): Promise<Landed> {
  try {
    return await db.transaction().execute(async (tx) => {
      await sql`lock table tds_sync_queue_live in share row exclusive mode`.execute(tx)
      await flood.first
      const words = await eventually('health says that webhooks wait', 20_000, () => waiting(process))
      print(`  health: ${words}`)
      return flood.landed
    })
  } finally {
    flood.end()
  }
}

const ask = (process: ServeProcess, path = '') =>
  fetch(`${process.url}/api/tds/health${path}`, {
    headers: { authorization: `Bearer ${secrets.admin}` },
    signal: AbortSignal.timeout(patienceMs),
  })

async function waiting(process: ServeProcess): Promise<string | undefined> {
  const { reasons } = (await (await ask(process)).json()) as { reasons: { code: string; words: string }[] }
  return reasons.find(({ code }) => code === 'webhooks_waiting')?.words
}

const isCalm = async (process: ServeProcess): Promise<true | undefined> =>
  (await waiting(process)) === undefined ? true : undefined

/** Resolves when no webhook waits and no item is left. */
async function drained(db: Db): Promise<void> {
  await eventually('everything is drained', 120_000, async () => {
    const { rows } = await sql<{ left: number }>`
      select (select count(*) from tds_sync_queue_live)
        + (select count(*) from tds_inbox_events where status = 'received') as left`.execute(db)
    return rows[0]?.left === 0 || undefined
  })
}

/** Every good webhook was taken and is there once; every forged one was refused; the work was done together. */
async function judged(landed: readonly Landed[], db: Db): Promise<Figures> {
  const events = landed.flatMap((each) => each.events)
  for (const { statuses, forged, cut, unsent } of landed) {
    const refused = Object.keys(statuses).filter((status) => status !== '200')
    if (refused.length + cut + unsent > 0)
      throw new Error(`Not all were taken: ${JSON.stringify({ statuses, cut, unsent })}`)
    const admitted = Object.keys(forged).filter((status) => status !== '401' && status !== '429')
    if (admitted.length > 0) throw new Error(`Forged ones were answered with ${admitted.join(', ')}`)
  }
  const [alone] = landed
  if (!alone?.forged['429'] || (alone.forged['401'] ?? 0) > 60 * 3)
    throw new Error(`One address may forge as it likes: ${JSON.stringify(alone?.forged)}`)
  const { rows } = await sql<{ kept: number; known: number; written: number; work: number }>`
    select count(*) as kept, count(*) filter (where status = 'promoted' and outcome is not null) as written,
      (select count(*) from tds_sync_queue_done) as work,
      (select count(*) from tds_inbox_events e join jsonb_array_elements_text(${JSON.stringify(events)}::jsonb) a
        on e.event_id = a.value::uuid) as known
    from tds_inbox_events`.execute(db)
  const { kept = 0, known = 0, written = 0, work = 0 } = rows[0] ?? {}
  if (kept !== events.length || known !== events.length || written !== events.length)
    throw new Error(`${events.length} were acknowledged, ${kept} kept, ${known} of them known, ${written} settled`)
  if (work * 3 > events.length) throw new Error(`${events.length} webhooks made ${work} items: nothing was coalesced`)
  const sum = (take: (each: Landed) => number) => landed.reduce((total, each) => total + take(each), 0)
  return {
    webhooks: events.length,
    'webhooks refused': 0,
    'forged ones refused': sum(({ forged }) => (forged['401'] ?? 0) + (forged['429'] ?? 0)),
    'items of work': work,
    'slowest volley, webhooks a second': Math.round(
      Math.min(...landed.map(({ events: taken, seconds }) => taken.length / seconds)),
    ),
    'p99 of a webhook, ms': Math.max(...landed.map(({ p99Ms }) => p99Ms)),
  }
}

const figuresOf = ({ asked, tooSlow, p50Ms, p99Ms, mostMs }: Polled): Figures => ({
  'questions meanwhile': asked,
  'of them, database too slow': tooSlow,
  'p50 of an answer, ms': p50Ms,
  'p99 of an answer, ms': p99Ms,
  'slowest answer, ms': mostMs,
})
