import { join } from 'node:path'
import { environmentFor, secrets } from '../helpers/environment.ts'
import { createRandom, type Random } from '../simulator/random.ts'
import { createChanger } from './changes.ts'
import { anyChange, endsRight } from './ending.ts'
import { createFleet, type Fleet } from './fleet.ts'
import { chance, type Figures, pick, sumOf, type Trial, type TrialOptions } from './trial.ts'
import { createWorlds, type World } from './world.ts'

/** What any sliding minute may hold, for all instances together; the simulator refuses the call after it. */
const perMinute = 900

/** TDS as processes of its own, one alone and three on one database, under webhooks and syncs, killed at random instants. */
export const crash: Trial = {
  name: 'crash',
  about: 'SIGKILL at random instants under a load of webhooks and syncs',
  async run(options) {
    const kills = pick(options.scale, { short: 3, normal: 40, full: 220 })
    const one = pick(options.scale, { short: 0, normal: 15, full: 90 })
    const alone = one > 0 ? await underFire(options, 1, one) : {}
    const together = await underFire(options, 3, kills - one)
    return sumOf(alone, together)
  },
}

async function underFire(options: TrialOptions, instances: number, kills: number): Promise<Figures> {
  const { worlds, end } = await createWorlds(options.server, 1)
  try {
    const [world] = worlds
    if (!world) throw new Error('There is no world')
    return await fire(world, options, instances, kills)
  } finally {
    await end()
  }
}

async function fire(world: World, options: TrialOptions, instances: number, kills: number): Promise<Figures> {
  const { control } = world.simulator
  const database = await world.database(false)
  control.limits.set({ perMinute })
  control.calls.reset()
  const env = environmentFor(world.simulator, world.dataDir, {
    TDS_SPOOL_DIR: join(world.dataDir, `spool-crash-${instances}`),
    TDS_ZOHO_PER_MINUTE: String(perMinute),
    TDS_SCHEDULER: 'true',
    DATABASE_URL: database.connectionString,
  })
  const fleet = await createFleet(instances, () => env)
  try {
    const random = createRandom(options.seed, `crash ${instances}`)
    const done = await blows(world, fleet, random, kills, options)
    await fleet.close()
    const { maxInSlidingMinute, refused } = control.calls.report()
    if (maxInSlidingMinute > perMinute || refused > 0)
      throw new Error(`${maxInSlidingMinute} calls within a minute of ${perMinute}, ${refused} were refused`)
    await endsRight(world, { ...env, TDS_SCHEDULER: 'false' }, database.connectionString, database.db)
    return { ...done, 'acknowledged webhooks': acknowledged(world), 'calls in the fullest minute': maxInSlidingMinute }
  } finally {
    await fleet.close().catch(() => {})
    control.reset()
    await database.end()
  }
}

/** Load all the time, and a kill after a random while; whoever was killed comes back while the others go on. */
async function blows(
  world: World,
  fleet: Fleet,
  random: Random,
  kills: number,
  { signal, print }: TrialOptions,
): Promise<Figures> {
  const { control } = world.simulator
  const changer = createChanger(world.simulator)
  control.webhooks.set({
    target: `${fleet.balancer.url}/api/tds/webhooks`,
    secret: secrets.webhook,
    duplicatePercent: 10,
    reorder: true,
    retries: 20,
    retryDelayMs: 200,
  })
  let changes = 0
  let syncs = 0
  const underWay: Promise<unknown>[] = []
  const wrong: unknown[] = []
  let killed = 0
  for (; killed < kills && !signal.aborted; killed++) {
    for (let each = random.integer(2, 8); each > 0; each--) if (changer.make(anyChange(random))) changes++
    underWay.push(control.webhooks.deliver({ concurrency: 4 }))
    if (random.next() < 0.5)
      underWay.push(
        startSync(fleet.url(random.integer(0, fleet.size - 1)), random).then((begun) => {
          syncs += Number(begun)
        }, wrong.push.bind(wrong)),
      )
    await chance(random, 0, 600)
    const victim = random.integer(0, fleet.size - 1)
    await fleet.kill(victim)
    await fleet.start(victim)
    if ((killed + 1) % 20 === 0) print(`  ${killed + 1} kills of ${fleet.size} instance(s)`)
  }
  await Promise.all(underWay)
  if (wrong.length > 0) throw wrong[0]
  await control.webhooks.deliver({ concurrency: 4 })
  return { kills: killed, changes, 'syncs begun': syncs }
}

/** A sync that the next kill may end. @returns whether it was taken; one of its kind may be under way */
async function startSync(url: string, random: Random): Promise<boolean> {
  const mode = random.oneOf(['incremental', 'full', 'sweep'] as const)
  const reply = await fetch(`${url}/api/tds/syncs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secrets.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ mode, reason: 'torture' }),
    signal: AbortSignal.timeout(10_000),
  }).catch(() => undefined)
  if (reply && ![202, 409, 503].includes(reply.status))
    throw new Error(`A sync was answered ${reply.status}: ${await reply.text()}`)
  return reply?.status === 202
}

const acknowledged = ({ simulator }: World): number =>
  simulator.control.webhooks.log().filter(({ status }) => status === 200).length
