import { join } from 'node:path'
import { sql } from '../../db/index.ts'
import { scopes } from '../../src/keys/index.ts'
import { environmentFor, secrets as fixed } from '../helpers/environment.ts'
import { simulatorCredentials } from '../simulator/index.ts'
import { createRandom } from '../simulator/random.ts'
import { readOperations } from './fuzz/contract.ts'
import { type FireOptions, fire } from './fuzz/fire.ts'
import { inject } from './fuzz/injections.ts'
import { findKnown } from './fuzz/known.ts'
import { anyShot } from './fuzz/requests.ts'
import { hashOfRows, isIdle } from './fuzz/rows.ts'
import { sendShapes } from './fuzz/sockets.ts'
import { startVictim, type Victim } from './fuzz/victim.ts'
import { sendMutants } from './fuzz/webhooks.ts'
import { eventually, type Figures, pick, sumOf, type Trial, type TrialOptions } from './trial.ts'
import { createWorlds, type World } from './world.ts'

const MIB = 1024 * 1024

/** Whatever is sent to it, the service answers in its own words, keeps its secrets and its memory, and goes on. */
export const fuzz: Trial = {
  name: 'fuzz',
  about:
    'every route with requests that are wrong, webhooks with changed bytes, requests no client sends, hostile words',
  async run(options) {
    const { worlds, end } = await createWorlds(options.server, 1)
    try {
      const [world] = worlds
      if (!world) throw new Error('There is no world')
      return await underFire(world, options)
    } finally {
      await end()
    }
  },
}

async function underFire(world: World, options: TrialOptions): Promise<Figures> {
  const database = await world.database(false)
  const encryptionKey = 'fuzz-encryption-key-0123456789-abcdef'
  const env = environmentFor(world.simulator, world.dataDir, {
    DATABASE_URL: database.connectionString,
    TDS_SPOOL_DIR: join(world.dataDir, 'spool-fuzz'),
    TDS_TRUST_PROXY: '127.0.0.1',
    TDS_ENCRYPTION_KEY: encryptionKey,
  })
  const { clientSecret, refreshToken } = simulatorCredentials
  const secrets = new Set([...Object.values(fixed), clientSecret, refreshToken, encryptionKey])
  const victim = await startVictim(env, secrets)
  try {
    return await attack({ world, victim, db: database.db, secrets }, options)
  } finally {
    await victim.kill()
    await database.end()
  }
}

interface Scene {
  readonly world: World
  readonly victim: Victim
  readonly db: Awaited<ReturnType<World['database']>>['db']
  /** Grows with the keys that are made. */
  readonly secrets: Set<string>
}

async function attack(
  { world, victim, db, secrets }: Scene,
  { seed, scale, signal, print }: TrialOptions,
): Promise<Figures> {
  const { url } = victim
  const count = pick(scale, { short: 600, normal: 8_000, full: 105_000 })
  const random = createRandom(seed, 'fuzz')
  await eventually(
    'the service is ready',
    30_000,
    async () => (await fetch(`${url}/api/tds/health/ready`)).ok || undefined,
  )
  const keys: string[] = []
  for (let left = Math.ceil(count / 900) + 4; left > 0; left--) keys.push((await makeKey(url)).token)
  for (const token of keys) secrets.add(token)
  const operations = await readOperations()
  const spare = await makeKey(url)
  const { simulator } = world
  const [first = ''] = keys
  const hostile = await inject({ url, key: first, db, simulator })
  const known = await findKnown(url, first, operations, spare.id)
  const aim: Omit<FireOptions, 'seed'> = {
    url,
    keys,
    secrets,
    random,
    signal,
    reached: new Map(),
    errors: () => victim.errors,
    ended: () => endOf(victim),
  }
  const reads = anyShot(
    operations.filter(({ isRead }) => isRead),
    known,
  )
  const all = anyShot(operations, known)

  await eventually('nothing is in hand', 30_000, () => isIdle(db))
  const before = await hashOfRows(db)
  const warm = await fire(reads, Math.ceil(count / 6), { ...aim, seed })
  const heaps = [await victim.heap()]
  const read = await fire(reads, Math.ceil(count / 4), { ...aim, seed: seed + 1_000_000 })
  if ((await hashOfRows(db)) !== before) throw new Error('Requests that read have changed mirrored rows')
  heaps.push(await victim.heap())
  print(`  ${JSON.stringify(sumOf(warm, read))}`)

  const shapes = await sendShapes({ url, key: first, secrets, times: pick(scale, { short: 1, normal: 2, full: 10 }) })
  const mutants = await sendMutants({
    url,
    db,
    random,
    signal,
    count: pick(scale, { short: 250, normal: 3_000, full: 30_000 }),
  })
  print(`  ${JSON.stringify({ ...shapes, ...mutants })}`)
  const written = await fire(all, Math.ceil(count / 3), { ...aim, seed: seed + 2_000_000 })
  heaps.push(await victim.heap())
  const more = await fire(all, Math.ceil(count / 4), { ...aim, seed: seed + 3_000_000 })
  heaps.push(await victim.heap())
  const answers = sumOf(warm, read, written, more)
  const total = Object.values(answers).reduce((sum, each) => sum + each, 0)
  if (total < count && !signal.aborted) throw new Error(`Only ${total} of ${count} requests were sent`)
  if ((answers['answered 2xx'] ?? 0) < total / 8)
    throw new Error(`Hardly a request was right: ${JSON.stringify(answers)}`)
  const unreached = operations.filter(({ name }) => !aim.reached.has(name))
  if (scale !== 'short' && unreached.length > 0)
    throw new Error(`Never asked: ${unreached.map(({ name }) => name).join(', ')}`)
  const right = [...aim.reached].filter(([, isRight]) => isRight).length
  print(`  never right: ${[...aim.reached].flatMap(([name, isRight]) => (isRight ? [] : [name])).join(', ')}`)
  if ((answers['answered 429'] ?? 0) > total / 20) throw new Error(`Mostly refused: ${JSON.stringify(answers)}`)
  isFlat(heaps)
  await survived(victim, db)
  return {
    requests: total,
    ...answers,
    routes: aim.reached.size,
    'of them answered 2xx': right,
    ...shapes,
    ...mutants,
    ...hostile,
    'log lines': victim.lines,
    'heap, MB': Math.round((heaps.at(-1) ?? 0) / MIB),
  }
}

/** The second half of each kind of fire may not need noticeably more than its first: what grows there grows for ever. */
function isFlat([warm = 0, read = 0, written = 0, end = 0]: readonly number[]): void {
  const words = [warm, read, written, end].map((bytes) => `${(bytes / MIB).toFixed(1)} MB`).join(', ')
  const most = (bytes: number) => bytes * 1.1 + 8 * MIB
  if (read > most(warm) || end > most(written)) throw new Error(`The heap grows under fire: ${words}`)
}

async function survived(victim: Victim, db: Scene['db']): Promise<void> {
  const ended = endOf(victim)
  if (ended !== undefined) throw new Error(ended)
  for (const path of ['/api/tds/health/live', '/api/tds/health', '/metrics']) {
    const reply = await fetch(victim.url + path, {
      headers: { authorization: `Bearer ${fixed.admin}` },
      signal: AbortSignal.timeout(10_000),
    })
    if (!reply.ok && path !== '/api/tds/health')
      throw new Error(`${path} answers ${reply.status} afterwards: ${await reply.text()}`)
    await reply.arrayBuffer()
  }
  await sql`select 1`.execute(db)
  const code = await victim.stop()
  if (code !== 0) throw new Error(`It ended with ${code}: ${victim.errors.slice(-3).join('\n')}`)
  if (victim.faults.length > 0) throw new Error(victim.faults.join('\n'))
}

const endOf = (victim: Victim): string | undefined => {
  if (!victim.isAlive) return `The service is gone:\n${victim.errors.slice(-3).join('\n')}`
  const fatal = victim.errors.find((line) => line.includes('uncaught') || line.includes('"level":60'))
  return fatal ?? victim.faults[0]
}

async function makeKey(url: string): Promise<{ id: string; token: string }> {
  const reply = await fetch(`${url}/api/tds/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${fixed.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'of the fuzzer', scopes }),
  })
  if (reply.status !== 201) throw new Error(`No key was made: ${reply.status} ${await reply.text()}`)
  return (await reply.json()) as { id: string; token: string }
}
