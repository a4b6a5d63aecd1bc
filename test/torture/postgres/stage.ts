import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Db, Embedded } from '../../../db/index.ts'
import { environmentFor, secrets } from '../../helpers/environment.ts'
import { privateServer } from '../../helpers/test-server.ts'
import { createRandom, type Random } from '../../simulator/random.ts'
import { type Balancer, createBalancer } from '../balancer.ts'
import { createChanger } from '../changes.ts'
import { anyChange } from '../ending.ts'
import { type FaultProxy, openFaultProxy } from '../fault-proxy.ts'
import { eventually, type TrialOptions } from '../trial.ts'
import { createWorlds, type World } from '../world.ts'
import { createLife, type Life } from './life.ts'
import { ask, handOver } from './owner.ts'

/** Where it all happens: a PostgreSQL that nobody else uses, a Zoho, and TDS as a process between them. */
export interface Stage {
  readonly server: Embedded
  readonly world: World
  readonly random: Random
  /** To the database as a superuser, around everything. */
  readonly admin: string
  /** As TDS reaches it, without the network between them. */
  readonly direct: string
  readonly db: Db
  /** The network between TDS and its database. */
  readonly network: FaultProxy
  /** The address that Zoho calls. */
  readonly front: Balancer
  readonly life: Life
  readonly spoolDir: string
  readonly env: Record<string, string>
  readonly tally: Tally
  /** A few changes at Zoho, and the webhooks of all that changed, on their way. */
  load(): void
  /** Resolves when every webhook that is on its way has its last reply. */
  loadEnded(): Promise<void>
  /** A run that whatever comes next may meet. */
  sync(): void
  /** Names in the spool folder. */
  spooled(): Promise<string[]>
  /** @throws what was wrong with any reply so far */
  judge(): void
  end(): Promise<void>
}

/** What became of the webhooks, by every single reply. */
export interface Tally {
  taken: number
  refused: number
  /** Ended without a reply; allowed only while a process is killed. */
  cut: number
  slowestMs: number
  changes: number
  syncs: number
}

/** Zoho waits no longer for a reply. */
const zohoWaitsMs = 10_000

export async function createStage({ seed }: TrialOptions): Promise<Stage> {
  const server = await privateServer()
  const maintenance = Object.assign(new URL(server.connectionString), { pathname: '/postgres' }).href
  const undo: (() => Promise<unknown>)[] = [() => server.destroy()]
  const unwind = async () => {
    // What is left of a stage that fell over is cleared away as far as it goes; the server goes last and with all data.
    for (const each of undo.toReversed()) await each().catch(() => {})
  }
  try {
    const { worlds, end } = await createWorlds(maintenance, 1)
    undo.push(end)
    const [world] = worlds
    if (!world) throw new Error('There is no world')
    const database = await world.database(false)
    undo.push(database.end)
    const direct = await handOver(maintenance, database.connectionString)
    // A copied sequence holds values that are logged in the original's name alone: before a checkpoint a crash takes it back.
    await ask(database.connectionString, 'checkpoint')
    const network = await openFaultProxy(direct)
    undo.push(network.close)
    const wrong: string[] = []
    const tally: Tally = { taken: 0, refused: 0, cut: 0, slowestMs: 0, changes: 0, syncs: 0 }
    const front = await createBalancer(({ status, retryAfter, ms }) => {
      tally.slowestMs = Math.max(tally.slowestMs, ms)
      if (ms > zohoWaitsMs) wrong.push(`a webhook was answered after ${ms} ms`)
      if (status === 200) tally.taken += 1
      else if (status === 503 && Number(retryAfter) > 0) tally.refused += 1
      else if (status === undefined && life.mayBeCut) tally.cut += 1
      else wrong.push(`a webhook got ${status ?? 'no reply'}, Retry-After ${retryAfter}`)
    })
    undo.push(front.close)
    const spoolDir = join(world.dataDir, 'spool-postgres')
    await rm(spoolDir, { recursive: true, force: true })
    await mkdir(spoolDir)
    const env = environmentFor(world.simulator, world.dataDir, {
      TDS_SPOOL_DIR: spoolDir,
      DATABASE_URL: network.url,
    })
    const life = createLife(env, front)
    undo.push(life.end)
    await life.begin()

    const { control } = world.simulator
    const changer = createChanger(world.simulator)
    const random = createRandom(seed, 'postgres')
    const underWay = new Set<Promise<unknown>>()
    control.webhooks.set({
      target: `${front.url}/api/tds/webhooks`,
      secret: secrets.webhook,
      duplicatePercent: 10,
      reorder: true,
      retries: 20,
      retryDelayMs: 250,
    })
    return {
      server,
      world,
      random,
      admin: database.connectionString,
      direct,
      db: database.db,
      network,
      front,
      life,
      spoolDir,
      env,
      tally,
      load() {
        for (let each = random.integer(2, 5); each > 0; each--) if (changer.make(anyChange(random))) tally.changes += 1
        track(control.webhooks.deliver({ concurrency: 4 }))
      },
      async loadEnded() {
        await Promise.all(underWay)
      },
      sync() {
        tally.syncs += 1
        track(startSync(life.url, random))
      },
      spooled: async () => (await readdir(spoolDir)).toSorted(),
      judge() {
        if (wrong.length > 0) throw new Error(`${wrong.length} replies were wrong: ${wrong.slice(0, 5).join('; ')}`)
        life.judge()
      },
      async end() {
        await Promise.allSettled(underWay)
        control.reset()
        await unwind()
      },
    }

    function track(work: Promise<unknown>): void {
      const tracked = work.finally(() => underWay.delete(tracked))
      underWay.add(tracked)
    }
  } catch (error) {
    await unwind()
    throw error
  }
}

/** Whether it was taken is not the point. */
async function startSync(url: string, random: Random): Promise<void> {
  const mode = random.oneOf(['incremental', 'full', 'sweep'] as const)
  await fetch(`${url}/api/tds/syncs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secrets.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ mode, reason: 'torture' }),
    signal: AbortSignal.timeout(10_000),
  }).catch(() => {})
}

/** Ends every session of TDS, as an administrator or a failover does. @returns how many */
export async function terminateAll({ admin }: Pick<Stage, 'admin'>, share = 1): Promise<number> {
  const rows = await ask(
    admin,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name like 'tds %' and random() < $1`,
    [share],
  )
  return rows.length
}

/** The process does everything again that it did before: ready, nothing in the spool, and its own lock in its hand. */
export async function recovered(stage: Stage, isWell: () => Promise<boolean>): Promise<number> {
  const began = Date.now()
  await eventually('TDS has recovered', 75_000, async () => {
    const ready = await fetch(`${stage.life.url}/api/tds/health/ready`).then(({ ok }) => ok)
    const waiting = (await stage.spooled()).filter((name) => name.endsWith('.events'))
    if (!ready || waiting.length > 0)
      throw new Error(`ready: ${ready}, in the spool: ${waiting.length}, the log ends:\n${stage.life.tail()}`)
    if (!(await holdsItsLock(stage))) throw new Error('The process holds its lock no more')
    return (await isWell()) || undefined
  })
  return Date.now() - began
}

/** The session that listens for work and by which others see that the process lives. */
async function holdsItsLock({ admin }: Stage): Promise<boolean> {
  const rows = await ask(
    admin,
    `select from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.objsubid = 1 and l.granted and a.application_name like 'tds %'
       and l.database = (select oid from pg_database where datname = current_database())`,
  )
  return rows.length > 0
}
