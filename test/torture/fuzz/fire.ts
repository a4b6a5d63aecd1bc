import fc from 'fast-check'
import { Pool } from 'undici'
import type { Random } from '../../simulator/random.ts'
import type { Figures } from '../trial.ts'
import { faultOf } from './judge.ts'
import type { Shot } from './requests.ts'

export interface FireOptions {
  readonly url: string
  /** Keys that open everything; each may ask only so often. */
  readonly keys: readonly string[]
  readonly secrets: ReadonlySet<string>
  readonly seed: number
  readonly random: Random
  readonly signal: AbortSignal
  /** Routes that were asked, and whether one request to them was right. */
  readonly reached: Map<string, boolean>
  /** What the service's log says of errors, newest last. */
  readonly errors: () => readonly string[]
  /** In words, why it cannot go on; undefined while it can. */
  readonly ended: () => string | undefined
}

const batch = 400
const sideBySide = 12

/** What was wrong, once for each route: the first request that showed it, and the seed of its batch. */
type Faults = Map<string, { readonly seed: number; readonly error: unknown }>

/** Sends so many shots. @returns how many were answered with what. @throws the requests that were answered wrongly, the first made small */
export async function fire(shots: fc.Arbitrary<Shot>, count: number, options: FireOptions): Promise<Figures> {
  const pool = new Pool(options.url, { connections: sideBySide, headersTimeout: 35_000, bodyTimeout: 35_000 })
  const statuses = new Map<string, number>()
  const faults: Faults = new Map()
  try {
    for (let done = 0; done < count && !options.signal.aborted && faults.size < mostFaults; done += batch) {
      const seed = options.seed + done
      const left = fc.sample(shots, { seed, numRuns: Math.min(batch, count - done) })
      const tally = (kind: string) => statuses.set(kind, (statuses.get(kind) ?? 0) + 1)
      await Promise.all(
        Array.from({ length: sideBySide }, async () => {
          for (let shot = left.pop(); shot; shot = left.pop()) {
            const { operation } = shot
            await shoot(pool, shot, options).then(tally, (error: unknown) => {
              if (!faults.has(operation)) faults.set(operation, { seed, error })
            })
          }
        }),
      )
      const ended = options.ended()
      if (ended !== undefined) throw new Error([ended, ...wordsOf(faults)].join('\n'))
    }
    const [first] = faults.values()
    if (first)
      throw new Error(
        [await smallest(pool, shots, first, options), ...wordsOf(faults), ...options.errors().slice(-5)].join('\n\n'),
      )
  } finally {
    await pool.destroy()
  }
  return Object.fromEntries([...statuses].toSorted())
}

const mostFaults = 25

const wordsOf = (faults: Faults): string[] =>
  [...faults.values()].map(({ error }) => (error instanceof Error ? error.message : String(error)))

/** @returns the kind of answer. @throws what is wrong with it, with the request */
async function shoot(pool: Pool, shot: Shot, options: FireOptions): Promise<string> {
  const reply = await answerOf(pool, shot, options)
  const fault = faultOf({ ...reply, isBodiless: shot.method === 'HEAD' }, shot.target, options.secrets)
  if (fault !== undefined) throw new Error(`${inWords(shot)}\nanswered ${fault}`)
  const { reached } = options
  reached.set(shot.operation, reached.get(shot.operation) === true || reply.status < 300)
  return reply.status === 429 ? 'answered 429' : `answered ${Math.floor(reply.status / 100)}xx`
}

async function answerOf(pool: Pool, shot: Shot, { keys, random }: FireOptions) {
  const key = keys[random.integer(0, keys.length - 1)] ?? ''
  const { body, headers, statusCode } = await pool
    .request({
      path: shot.target,
      method: shot.method,
      headers: {
        ...shot.headers,
        ...(shot.key === 'right' && { authorization: `Bearer ${key}` }),
        // Who shows what is no key is soon not listened to: those come from everywhere.
        ...(shot.key !== 'right' && { 'x-forwarded-for': anyAddress(random) }),
      },
      body: shot.body ?? null,
    })
    .catch((cause: unknown) => {
      throw new Error(`${inWords(shot)}\nwas not answered: ${String(cause)}`, { cause })
    })
  const type = String(headers['content-type'] ?? '')
  if (type.startsWith('text/event-stream')) {
    body.on('error', () => {})
    body.destroy()
    return { status: statusCode, type, text: '' }
  }
  return { status: statusCode, type, text: await body.text() }
}

export const anyAddress = (random: Random): string =>
  `10.${random.integer(0, 255)}.${random.integer(0, 255)}.${random.integer(1, 254)}`

/** The same shots once more, one by one, and what fails made smaller. What does not fail alone has no smaller one. */
async function smallest(pool: Pool, shots: fc.Arbitrary<Shot>, { seed }: { seed: number }, options: FireOptions) {
  const again = fc.asyncProperty(shots, async (shot) => void (await shoot(pool, shot, options)))
  const found = await fc.check(again, { seed, numRuns: batch, interruptAfterTimeLimit: 15_000 })
  return found.errorInstance instanceof Error ? `smallest: ${found.errorInstance.message}` : 'none of them fails alone'
}

function inWords({ method, target, headers, body, key, operation }: Shot): string {
  const sent = body === undefined ? '' : `\n${body.length} bytes: ${JSON.stringify(body.toString().slice(0, 600))}`
  return `${operation}: ${method} ${target.slice(0, 600)}\n${JSON.stringify(headers).slice(0, 600)}, ${key} key${sent}`
}
