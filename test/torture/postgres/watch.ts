import { z } from 'zod'

/** What one look at the health of an instance saw. */
export interface Look {
  readonly httpStatus: number
  readonly codes: readonly string[]
  readonly ms: number
}

export interface Watch {
  readonly looks: readonly Look[]
  /** One more, now. */
  look(): Promise<Look>
  /** Looks no more by itself, for a time in which the process may not be there. */
  pause(): Promise<void>
  go(): void
  /** @throws when a look saw what it never may, or was not answered in time */
  judge(): void
  stop(): Promise<void>
}

const shape = z.object({ reasons: z.array(z.object({ code: z.string() })).default([]) })

/** Monitors wait no longer. */
const patienceMs = 10_000

/**
 * Asks for health again and again, as a monitor does that has a key of its own, and for liveness.
 * @param url of the instance, asked for each time
 */
export function watchHealth(url: () => string, key: () => string): Watch {
  const looks: Look[] = []
  const over = new AbortController()
  let isPaused = false
  let looking: Promise<unknown> = Promise.resolve()
  let broken: unknown
  const watching = (async () => {
    while (!over.signal.aborted) {
      if (!isPaused) {
        looking = look().catch((error: unknown) => {
          broken ??= error
        })
        await looking
      }
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
  })()
  return {
    looks,
    look,
    async pause() {
      isPaused = true
      await looking
    },
    go() {
      isPaused = false
    },
    async stop() {
      over.abort()
      await watching
    },
    judge() {
      if (broken !== undefined) throw new Error('Health was asked in vain', { cause: broken })
    },
  }

  async function look(): Promise<Look> {
    const at = url()
    const started = performance.now()
    const reply = await get(`${at}/api/tds/health`, { authorization: `Bearer ${key()}` })
    const ms = Math.round(performance.now() - started)
    if (reply.status !== 200 && reply.status !== 503) throw new Error(`Health answered ${reply.status}: ${reply.text}`)
    const live = await get(`${at}/api/tds/health/live`, {})
    if (live.status !== 200) throw new Error(`The process is not live: ${live.status} ${live.text}`)
    const { reasons } = shape.parse(JSON.parse(reply.text))
    const seen = { httpStatus: reply.status, codes: reasons.map(({ code }) => code), ms }
    if (seen.httpStatus === 503 && seen.codes.length === 0 && reply.text.includes('"reasons"'))
      throw new Error(`Health says 503 and not why: ${reply.text}`)
    looks.push(seen)
    return seen
  }
}

async function get(url: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  const reply = await fetch(url, { headers, signal: AbortSignal.timeout(patienceMs) })
  return { status: reply.status, text: await reply.text() }
}
