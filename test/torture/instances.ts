import { join } from 'node:path'
import { type Db, sql } from '../../db/index.ts'
import { environmentFor, secrets } from '../helpers/environment.ts'
import { createRandom } from '../simulator/random.ts'
import { createChanger } from './changes.ts'
import { anyChange, endsRight } from './ending.ts'
import { createFleet, type Fleet } from './fleet.ts'
import { eventually, type Figures, pick, type Trial, type TrialOptions } from './trial.ts'
import { createWorlds, type World } from './world.ts'

const perMinute = 1_200

/** Three processes share a database: one leader, one budget, one token; each is renewed in turn, and no webhook notices. */
export const instances: Trial = {
  name: 'instances',
  about: 'three instances: one leader that is followed, one budget, one token, a rolling restart under webhooks',
  async run(options) {
    const { worlds, end } = await createWorlds(options.server, 1)
    try {
      const [world] = worlds
      if (!world) throw new Error('There is no world')
      return await together(world, options)
    } finally {
      await end()
    }
  },
}

async function together(world: World, options: TrialOptions): Promise<Figures> {
  const { control } = world.simulator
  const database = await world.database(false)
  control.limits.set({ perMinute })
  await sql`update tds_zoho_token set expires_at = clock_timestamp() - interval '1 hour'`.execute(database.db)
  control.calls.reset()
  const env = environmentFor(world.simulator, world.dataDir, {
    TDS_SPOOL_DIR: join(world.dataDir, 'spool-instances'),
    TDS_ZOHO_PER_MINUTE: String(perMinute),
    TDS_SCHEDULER: 'true',
    TDS_DRAIN_SECONDS: '2',
    DATABASE_URL: database.connectionString,
  })
  const fleet = await createFleet(3, () => env)
  try {
    const rolled = await rollingRestart(world, fleet, options)
    const failovers = await leaderFails(fleet, database.db, options)
    for (let index = 0; index < fleet.size; index++) await inOrder(fleet, index)
    await fleet.close()
    const { maxInSlidingMinute, refused, tokenRequests } = control.calls.report()
    if (tokenRequests !== 1) throw new Error(`${tokenRequests} tokens were asked for, one was needed`)
    if (maxInSlidingMinute > perMinute || refused > 0)
      throw new Error(`${maxInSlidingMinute} calls within a minute of ${perMinute}, ${refused} were refused`)
    await endsRight(world, { ...env, TDS_SCHEDULER: 'false' }, database.connectionString, database.db)
    return { ...rolled, ...failovers, 'token requests': tokenRequests }
  } finally {
    await fleet.close().catch(() => {})
    control.reset()
    await database.end()
  }
}

/** Webhooks without a pause while every instance is replaced, one after the other: each is answered 200 the first time. */
async function rollingRestart(world: World, fleet: Fleet, { seed, scale }: TrialOptions): Promise<Figures> {
  const { control } = world.simulator
  const changer = createChanger(world.simulator)
  const random = createRandom(seed, 'instances')
  control.webhooks.set({ target: `${fleet.balancer.url}/api/tds/webhooks`, secret: secrets.webhook, retries: 0 })
  let rolling = true
  let sent = 0
  const sender = async () => {
    while (rolling) {
      changer.make(anyChange(random))
      const delivered = await control.webhooks.deliver({ concurrency: 4 })
      const wrong = delivered.find(({ dropped, status }) => !dropped && status !== 200)
      if (wrong) throw new Error(`A webhook saw the restart: ${JSON.stringify(wrong)}`)
      sent += delivered.length
    }
  }
  const sending = sender()
  sending.catch(() => {})
  const rounds = pick(scale, { short: 1, normal: 2, full: 5 })
  try {
    for (let round = 0; round < rounds; round++)
      for (let index = 0; index < fleet.size; index++) {
        await inOrder(fleet, index)
        await fleet.start(index)
      }
  } finally {
    rolling = false
  }
  await sending
  if (sent === 0) throw new Error('No webhook was sent during the restarts')
  return { 'restarts under webhooks': rounds * fleet.size, 'webhooks meanwhile': sent, 'webhooks refused': 0 }
}

async function inOrder(fleet: Fleet, index: number): Promise<void> {
  const code = await fleet.retire(index)
  if (code !== 0) throw new Error(`An instance ended with ${code}`)
}

/** The leader dies; another one leads in less than 30 seconds, and never two. */
async function leaderFails(fleet: Fleet, db: Db, { scale }: TrialOptions): Promise<Figures> {
  const times = pick(scale, { short: 1, normal: 2, full: 5 })
  let slowest = 0
  for (let time = 0; time < times; time++) {
    const leader = await eventually('an instance leads', 30_000, () => leaderOf(db))
    const index = indexOf(fleet, leader)
    const killedAt = Date.now()
    await fleet.kill(index)
    await eventually('another instance leads', 30_000, async () => {
      const next = await leaderOf(db)
      return next !== undefined && next !== leader ? next : undefined
    })
    slowest = Math.max(slowest, Date.now() - killedAt)
    await fleet.start(index)
  }
  return { 'leaders killed': times, 'slowest failover, ms': slowest }
}

/** Process id of the session that holds the leader's lock: what is true now, not what a process says of itself. */
async function leaderOf(db: Db): Promise<number | undefined> {
  const { rows } = await sql<{ pid: number }>`
    select p.pid from tds_processes p
    join pg_stat_activity a on a.application_name = 'tds ' || right(p.process_id::text, 8)
    join pg_locks l on l.pid = a.pid and l.locktype = 'advisory' and l.objid = ${leaderLock} and l.granted
    where a.datname = current_database()`.execute(db)
  if (rows.length > 1) throw new Error('Two instances lead')
  return rows[0]?.pid
}

/** As src/scheduler/leadership.ts has it. */
const leaderLock = 7_204_113

function indexOf(fleet: Fleet, pid: number): number {
  const index = fleet.pids().indexOf(pid)
  if (index < 0) throw new Error(`The leader ${pid} is none of ours`)
  return index
}
