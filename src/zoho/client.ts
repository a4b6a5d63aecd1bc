import type { JsonObject } from '../../db/index.ts'
import { TdsError } from '../errors.ts'
import type { Clock } from '../runtime/index.ts'
import type { Caller, Content } from './call.ts'
import { waitError } from './errors.ts'
import type { Permits } from './permits.ts'
import type { DeniedScopes } from './scopes.ts'
import type { Timing } from './timing.ts'
import { pausesAll, type Token, type Tokens } from './token.ts'
import type { BytesReply, CallOptions, Permit, ProbeReply, Reply } from './types.ts'

export interface ClientOptions {
  readonly call: Caller
  readonly permits: Permits
  readonly tokens: Tokens
  readonly scopes: DeniedScopes
  readonly timing: Timing
  readonly clock: Clock
}

export interface Client {
  get(options: CallOptions): Promise<Reply>
  getBytes(options: CallOptions & { readonly maxBytes: number }): Promise<BytesReply>
  post(options: CallOptions & { readonly json: JsonObject }): Promise<Reply>
  probe(options: CallOptions & { readonly fileMaxBytes?: number }): Promise<ProbeReply | undefined>
}

/** Transient failures are repeated so often, each after twice the pause. */
const mostRepeats = 5
/** Limits that come back after every pause are somebody else's calls: give up after so many. */
const mostWaits = 30

export function createClient({ call, permits, tokens, scopes, timing, clock }: ClientOptions): Client {
  return {
    async get(options) {
      const { content, readAt, calls } = await got(options, undefined)
      return { body: content.body, readAt, calls }
    },
    async getBytes({ maxBytes, ...options }) {
      const { content, readAt, calls } = await got(options, maxBytes)
      return { bytes: content.bytes, contentType: content.contentType, readAt, calls }
    },
    async post({ json, ...options }) {
      const permit = options.permit ?? (await permits.acquireWhenFree(options))
      const task = { options, fileMaxBytes: undefined, send: JSON.stringify(json), calls: 0 }
      const { content, readAt, calls } = await authorized(task, permit)
      return { body: content.body, readAt, calls }
    },
    async probe({ fileMaxBytes, ...options }) {
      const token = await tokens.stored()
      if (!token) return undefined
      const permit = options.permit ?? (await permits.acquireWhenFree(options))
      const startedMs = clock.now()
      const { content } = await once({ options, fileMaxBytes, calls: 0 }, permit, token)
      const date = content.date === null ? null : new Date(content.date)
      return { body: content.body, date, tookMs: clock.now() - startedMs }
    },
  }

  function got(options: CallOptions, fileMaxBytes: number | undefined): Promise<Got> {
    const task = { options, fileMaxBytes, calls: 0 }
    return options.permit ? authorized(task, options.permit) : persistent(task)
  }

  /** Waits for permits and repeats until it works, or until repeating cannot help. */
  async function persistent(task: Task): Promise<Got> {
    const { signal } = task.options
    let repeats = 0
    let waits = 0
    for (;;) {
      const permit = await permits.acquireWhenFree(task.options)
      try {
        return await authorized(task, permit)
      } catch (error) {
        signal?.throwIfAborted()
        const pauseMs = pauseAfter(error, error instanceof TdsError && error.kind === 'wait' ? waits++ : repeats++)
        if (pauseMs === undefined) throw error
        await clock.sleep(pauseMs, signal)
        signal?.throwIfAborted()
      }
    }
  }

  /** @returns undefined where the error is final */
  function pauseAfter(error: unknown, before: number): number | undefined {
    if (!(error instanceof TdsError)) return undefined
    const untilMs = error.retryAt ? Math.max(0, error.retryAt.getTime() - clock.now()) : 0
    if (untilMs > timing.patienceMs) return undefined
    if (error.kind === 'wait') return before < mostWaits ? untilMs : undefined
    if (error.kind !== 'transient' || before >= mostRepeats) return undefined
    return Math.max(untilMs, timing.retryMs * 2 ** before * (0.75 + clock.random() / 2))
  }

  /** One attempt; a refused token is replaced once and the call repeated with it. */
  async function authorized(task: Task, permit: Permit): Promise<Got> {
    const token = await tokenFor(permit)
    try {
      return await once(task, permit, token)
    } catch (error) {
      const isDead = isTdsError(error, 'ZOHO_UNAUTHORIZED')
      if (!isDead && pausesAll(error)) throw await tokens.pause(token.generation, error)
      // What creates is asked for by a person, who is told at once; no token is spent on the guess.
      const mayHeal = isTdsError(error, 'ZOHO_SCOPE') && task.send === undefined && !scopes.has(task.options)
      if (!isDead && !mayHeal) throw error
      return again(task, await tokens.renew(token.generation, isDead))
    }
  }

  async function again(task: Task, token: Token): Promise<Got> {
    const permit = await anotherPermit(task.options)
    try {
      return await once(task, permit, token)
    } catch (error) {
      if (isTdsError(error, 'ZOHO_SCOPE')) scopes.add(task.options)
      if (pausesAll(error)) throw await tokens.pause(token.generation, error)
      throw error
    }
  }

  /** Who came with a permit holds a place in a worker and does not wait; the other does. */
  async function anotherPermit(options: CallOptions): Promise<Permit> {
    if (!options.permit) return permits.acquireWhenFree(options)
    const answer = await permits.acquire(options)
    if ('permit' in answer) return answer.permit
    throw waitError(answer, options.product)
  }

  async function tokenFor(permit: Permit): Promise<Token> {
    try {
      return await tokens.current()
    } catch (error) {
      await permit.cancel()
      throw error
    }
  }

  async function once(task: Task, permit: Permit, token: Token): Promise<Got> {
    const { options, fileMaxBytes, send } = task
    task.calls++
    const content = await call(options, {
      permit,
      token,
      ...(fileMaxBytes !== undefined && { fileMaxBytes }),
      ...(send !== undefined && { send }),
    })
    return { content, readAt: permit.startedAt, calls: task.calls }
  }
}

interface Task {
  readonly options: CallOptions
  readonly fileMaxBytes: number | undefined
  readonly send?: string
  calls: number
}

interface Got {
  readonly content: Content
  readonly readAt: string
  readonly calls: number
}

const isTdsError = (error: unknown, code: string) => error instanceof TdsError && error.code === code
