import { setTimeout as pause } from 'node:timers/promises'
import { type Dispatcher, request } from 'undici'
import type { ChangeEvent } from '../organisation.ts'
import type { WebhookMode } from './mode.ts'
import type { Payload } from './payload.ts'
import { sign } from './signature.ts'

export interface Letter {
  readonly module: string
  readonly event: ChangeEvent
  readonly id: string
  readonly payload: Payload
}

/** What became of one webhook. */
export interface Delivery {
  readonly module: string
  readonly event: ChangeEvent
  readonly id: string
  /** Left out by `dropPercent`. */
  readonly dropped: boolean
  readonly attempts: number
  /** The last reply; absent when none came. */
  readonly status?: number
  readonly reply?: string
  readonly error?: string
}

/** Sends one webhook, again after each reply that is not 2xx, as often as the mode allows. */
export async function send(
  letter: Letter,
  mode: WebhookMode,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<Delivery> {
  let attempts = 0
  for (;;) {
    const outcome = await attempt(letter, mode, dispatcher, signal)
    attempts++
    const done = outcome.status !== undefined && outcome.status >= 200 && outcome.status < 300
    if (done || attempts > mode.retries || signal.aborted)
      return { ...nameOf(letter), dropped: false, attempts, ...outcome }
    await pause(mode.retryDelayMs, undefined, { signal }).catch(() => {})
  }
}

export const nameOf = ({ module, event, id }: Letter) => ({ module, event, id })

type Outcome = Pick<Delivery, 'status' | 'reply' | 'error'>

async function attempt(
  letter: Letter,
  mode: WebhookMode,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<Outcome> {
  const query = queryOf(letter, mode)
  const url = `${mode.target ?? ''}/${letter.module}${query.length > 0 ? `?${new URLSearchParams(query)}` : ''}`
  try {
    const reply = await request(url, {
      dispatcher,
      signal,
      method: mode.method,
      headers: headersOf(letter, mode, query),
      body: letter.payload.body,
    })
    return { status: reply.statusCode, reply: await reply.body.text() }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

function queryOf({ event }: Letter, mode: WebhookMode): [string, string][] {
  const query: [string, string][] = []
  if (mode.sayEvent) query.push(['event', event])
  if (mode.staticKey !== undefined && mode.staticKeyIn === 'query') query.push(['key', mode.staticKey])
  return query
}

function headersOf({ payload }: Letter, mode: WebhookMode, query: [string, string][]): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': payload.contentType, 'user-agent': 'ZohoBooks' }
  if (mode.secret !== undefined) {
    const signed = payload.form ? { query, form: payload.form } : { query, body: payload.body }
    headers['x-zoho-webhook-signature'] = sign(signed, mode.secret, mode.encoding)
  }
  if (mode.staticKey !== undefined && mode.staticKeyIn === 'header') headers['x-webhook-key'] = mode.staticKey
  return headers
}
