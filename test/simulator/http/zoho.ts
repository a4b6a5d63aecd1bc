import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Api } from '../api.ts'
import type { Automation } from '../automation.ts'
import type { Call, CallLog } from '../calls.ts'
import type { Clock } from '../clock.ts'
import type { FaultList } from '../fault-list.ts'
import { type Fault, insteadOf, listFaultOf, spoil } from '../faults.ts'
import { type Json, parseJson, textOf } from '../json.ts'
import type { Limits, Product } from '../limits.ts'
import type { OAuth } from '../oauth.ts'
import { errors, isJson, type Reply } from '../replies.ts'
import { findRoute, purposeOf, type Route, splitProduct } from '../router.ts'
import { readBody } from './read.ts'
import { writeReply } from './write.ts'

export interface ZohoOptions {
  clock: Clock
  api: Api
  oauth: OAuth
  automation: Automation
  limits: Limits
  calls: CallLog
  faults: FaultList
  /** Ends waits when the simulator closes. */
  signal: AbortSignal
}

/** Answers everything that Zoho would be asked. */
export type Zoho = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>

export function createZoho(options: ZohoOptions): Zoho {
  const { clock, api, oauth, automation, limits, calls, faults, signal } = options
  const perDay = (product: Product) =>
    product === 'books' ? limits.settings.booksPerDay : limits.settings.inventoryPerDay

  return async (request, response, url) => {
    const { target, call } = identify(request, url, clock, automation)
    calls.arrive(call)
    const reply = target ? await answerApi(target, call, request, url) : await answerAccounts(call, request, url)
    call.status = reply.status
    if (isJson(reply)) call.code = Number(textOf(reply.json.code))
    // Counted out before the last byte: a client that has the answer may call again at once.
    calls.leave(call)
    writeReply(response, reply)
  }

  async function answerApi(
    { product, rest, route }: Target,
    call: Call,
    request: IncomingMessage,
    url: URL,
  ): Promise<Reply> {
    const asked = { method: call.method, query: url.searchParams, authorization: request.headers.authorization, route }
    const refused = api.refuse(asked)
    if (refused) return refused
    const broken = limits.arrive(product)
    try {
      const reply = broken
        ? errors.limit(broken, perDay(product))
        : await throughFaults(call, asked.authorization, perDay(product), async (struck) => {
            const body = call.method === 'POST' ? jsonOf(await readBody(request)) : {}
            return (
              automation.answer({ product, method: call.method, rest, body }) ??
              (await api.answer(asked, listFaultOf(struck)))
            )
          })
      const date = new Date(clock.now()).toUTCString()
      return { ...reply, headers: { date, ...limits.headers(product), ...reply.headers } }
    } finally {
      limits.leave()
    }
  }

  async function answerAccounts(call: Call, request: IncomingMessage, url: URL): Promise<Reply> {
    if (call.purpose !== 'token') return errors.unknownUrl()
    const parameters = new URLSearchParams([...url.searchParams, ...new URLSearchParams(await readBody(request))])
    return throughFaults(call, undefined, limits.settings.booksPerDay, async () => oauth.token(parameters))
  }

  async function throughFaults(
    call: Call,
    authorization: string | undefined,
    perDay: number,
    answer: (struck: readonly Fault[]) => Promise<Reply>,
  ): Promise<Reply> {
    const struck = faults.strike(call)
    for (const fault of struck) {
      const { kind, milliseconds = 1000 } = fault.settings
      if (kind === 'hold') await faults.hold(fault)
      if (kind === 'slow') await pause(milliseconds, undefined, { signal }).catch(() => {})
      if (kind === 'expired-token') oauth.expire(authorization?.replace('Zoho-oauthtoken ', '') ?? '')
      const instead = insteadOf(fault.settings, perDay)
      if (instead) return instead
    }
    const reply = await answer(struck)
    // The answer is made and on its way: what changes now is not in it.
    for (const fault of struck) if (fault.settings.kind === 'hold-answer') await faults.hold(fault)
    return struck.reduce((spoilt, fault) => spoil(fault.settings, spoilt, JSON.stringify), reply)
  }
}

interface Target {
  readonly product: Product
  /** The path within the product. */
  readonly rest: string
  readonly route: Route | undefined
}

function jsonOf(text: string): Json {
  try {
    return parseJson(text)
  } catch {
    return null
  }
}

function identify(request: IncomingMessage, url: URL, clock: Clock, automation: Automation) {
  const split = splitProduct(url.pathname)
  const target: Target | undefined = split && { ...split, route: findRoute(split.product, split.rest) }
  const token = request.method === 'POST' && url.pathname === '/oauth/v2/token'
  const call: Call = {
    at: clock.now(),
    product: target?.product ?? 'accounts',
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.search,
    purpose: target ? (automation.purposeOf(target.rest) ?? purposeOf(target.route)) : token ? 'token' : 'unknown url',
  }
  return { target, call }
}
