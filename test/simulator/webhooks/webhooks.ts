import { setTimeout as pause } from 'node:timers/promises'
import { Agent } from 'undici'
import type { Change, Organisation } from '../organisation.ts'
import { createRandom } from '../random.ts'
import { type WebhookMode, type WebhookModeInput, webhookMode } from './mode.ts'
import { payloadOf } from './payload.ts'
import { type Delivery, type Letter, nameOf, send } from './send.ts'

/** Tells the target what changed. */
export interface Webhooks {
  readonly mode: WebhookMode
  /** Replaces the mode; what is not named gets its default. */
  set(mode: WebhookModeInput): void
  /** Webhooks that wait for `deliver`. */
  pending(): { module: string; event: string; id: string }[]
  /** Sends all that wait and resolves with what became of each. Default one at a time. */
  deliver(options?: { concurrency?: number }): Promise<Delivery[]>
  /** Makes a webhook without a change, for instance a second one for the same state. */
  announce(change: Change): void
  /** Resolves when no automatic delivery is under way. */
  idle(): Promise<void>
  /** At least the latest 10,000 deliveries of both kinds, oldest first. */
  log(): readonly Delivery[]
  /** No target, nothing waiting, empty log. */
  reset(): void
  close(): Promise<void>
}

export function createWebhooks(options: { organisation: Organisation; seed: number; signal: AbortSignal }): Webhooks {
  const { organisation, signal } = options
  const agent = new Agent({ connect: { timeout: 5000 }, headersTimeout: 10_000, bodyTimeout: 10_000 })
  const underWay = new Set<Promise<void>>()
  let mode = webhookMode.parse({})
  let random = createRandom(options.seed, 'webhooks')
  let waiting: Letter[] = []
  let log: Delivery[] = []

  const chance = (percent: number) => random.next() * 100 < percent

  function announce(change: Change): void {
    const module = mode.modules[change.resource.name] ?? moduleOf(change)
    if (mode.target === undefined || module === undefined) return
    const payload = payloadOf(change, mode.template, organisation.world)
    const letter = { module, event: change.event, id: change.record.id, payload }
    if (mode.delivery === 'manual') waiting.push(letter)
    else start(letter)
  }
  function start(letter: Letter): void {
    const delayMs = mode.delayMs + (mode.reorder ? random.integer(0, 500) : 0)
    const running = pause(delayMs, undefined, { signal })
      .then(() => post(letter))
      .then(() => {}, ignoreAbort)
      .finally(() => underWay.delete(running))
    underWay.add(running)
  }
  async function post(letter: Letter): Promise<Delivery[]> {
    if (chance(mode.dropPercent)) return keep([{ ...nameOf(letter), dropped: true, attempts: 0 }])
    const deliveries = [await send(letter, mode, agent, signal)]
    if (chance(mode.duplicatePercent)) deliveries.push(await send(letter, mode, agent, signal))
    return keep(deliveries)
  }
  function keep(deliveries: Delivery[]): Delivery[] {
    log.push(...deliveries)
    if (log.length > 20_000) log = log.slice(-10_000)
    return deliveries
  }

  organisation.onChange(announce)
  return {
    announce,
    get mode() {
      return mode
    },
    set(changed) {
      mode = webhookMode.parse(changed)
    },
    pending: () => waiting.map(nameOf),
    async deliver({ concurrency = 1 } = {}) {
      const letters = mode.reorder ? random.sample(waiting, waiting.length) : waiting
      waiting = []
      return (await inParallel(letters, concurrency, post)).flat()
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
    log: () => log,
    reset() {
      mode = webhookMode.parse({})
      random = createRandom(options.seed, 'webhooks')
      waiting = []
      log = []
    },
    async close() {
      await agent.destroy()
      await Promise.all(underWay)
    },
  }
}

function moduleOf({ resource, record }: Change): string | undefined {
  const module = resource.webhook?.module
  return typeof module === 'function' ? module(record) : module
}

async function inParallel<T, R>(
  inputs: readonly T[],
  concurrency: number,
  work: (input: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(inputs.length)
  const queue = inputs.entries()
  const lane = async () => {
    for (const [index, input] of queue) results[index] = await work(input)
  }
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, lane))
  return results
}

// A delivery ends early only because the simulator is closing.
function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error
}
