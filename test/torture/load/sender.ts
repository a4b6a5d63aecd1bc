import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createReplyReader, type Reply } from './reply.ts'

/** A record, and how a webhook about it looks. */
export interface Target {
  /** The module in the path. */
  readonly module: string
  /** What the body holds: `{ [wrapper]: { [idKey]: id } }` */
  readonly wrapper: string
  readonly idKey: string
  readonly id: string
}

export interface Volley {
  readonly port: number
  readonly connections: number
  readonly count: number
  /** The static webhook key. */
  readonly key: string
  /** They are named in turn. */
  readonly targets: readonly Target[]
  /** One sender, so many behind a proxy that says who they are, or so many addresses of this machine. */
  readonly from: 'one' | { readonly forwarded: number } | { readonly local: number }
  /** Of a body, about. */
  readonly bytes: number
  /** Every so-manieth carries a wrong key. @default never */
  readonly forgedEvery?: number
  /** @default as fast as they are answered */
  readonly perSecond?: number
  /** A connection that the other side has ended is not followed by another. */
  readonly once?: boolean
}

export interface Landed {
  readonly seconds: number
  /** Replies by status, to good and to forged ones. */
  readonly statuses: Readonly<Record<string, number>>
  readonly forged: Readonly<Record<string, number>>
  /** Of those that were answered with 200. */
  readonly events: readonly string[]
  /** Sent, and the connection ended before the reply did. */
  readonly cut: number
  /** Never sent: nobody listens any more. */
  readonly unsent: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** From a process of its own, so that whoever asks meanwhile does not wait behind it; `first` resolves with the first reply. */
export function fire(volley: Volley): { readonly first: Promise<void>; readonly landed: Promise<Landed>; end(): void } {
  const child = fork(fileURLToPath(import.meta.url), { execArgv: [] })
  const first = Promise.withResolvers<void>()
  const landed = Promise.withResolvers<Landed>()
  child.on('message', (message: 'first' | Landed) => {
    if (message === 'first') return first.resolve()
    landed.resolve(message)
    child.kill()
  })
  child.once('exit', (code) => {
    const gone = new Error(`The sender of webhooks ended with ${code}`)
    first.reject(gone)
    landed.reject(gone)
  })
  for (const each of [first, landed]) each.promise.catch(() => {})
  child.send(volley)
  return { first: first.promise, landed: landed.promise, end: () => void child.kill('SIGKILL') }
}

async function send(volley: Volley, onFirst: () => void): Promise<Landed> {
  const statuses: Record<string, number> = {}
  const forged: Record<string, number> = {}
  const events: string[] = []
  const times: number[] = []
  let [next, cut] = [0, 0]
  const started = performance.now()
  const take = () => {
    const due = volley.perSecond ? ((performance.now() - started) / 1000) * volley.perSecond : volley.count
    if (next >= volley.count) return null
    return next < due ? next++ : undefined
  }
  const note = (at: number, reply: Reply | null, ms: number) => {
    if (!reply) {
      cut += 1
      return
    }
    if (times.length === 0) onFirst()
    times.push(ms)
    const counts = isForged(volley, at) ? forged : statuses
    counts[reply.status] = (counts[reply.status] ?? 0) + 1
    if (reply.status === 200) events.push((JSON.parse(reply.body) as { event_id: string }).event_id)
  }
  await Promise.all(Array.from({ length: volley.connections }, (_, lane) => drive(volley, lane, take, note)))
  const sorted = times.toSorted((a, b) => a - b)
  const quantile = (q: number) => Math.round(sorted[Math.floor(sorted.length * q)] ?? 0)
  const seconds = (performance.now() - started) / 1000
  const figures = { p50Ms: quantile(0.5), p99Ms: quantile(0.99) }
  return { seconds, statuses, forged, events, cut, unsent: volley.count - next, ...figures }
}

/** One connection after the other, one request after the other, until all is sent or nobody listens. */
async function drive(
  volley: Volley,
  lane: number,
  take: () => number | null | undefined,
  note: (at: number, reply: Reply | null, ms: number) => void,
): Promise<void> {
  let socket: Socket | undefined
  try {
    for (;;) {
      const at = take()
      if (at === null) return
      if (at === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        continue
      }
      socket ??= await open(volley, lane)
      const sentAt = performance.now()
      const reply = await exchange(socket, requestOf(volley, at))
      note(at, reply, performance.now() - sentAt)
      if (reply && !reply.closes) continue
      if (volley.once) return
      socket.destroy()
      socket = undefined
    }
  } catch {
    // Nobody listens: what was taken and not sent is no loss.
  } finally {
    socket?.destroy()
  }
}

async function open({ port, from }: Volley, lane: number): Promise<Socket> {
  const local = typeof from === 'object' && 'local' in from ? `127.0.1.${1 + (lane % from.local)}` : undefined
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, ...(local && { localAddress: local }) })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** @returns null where the connection ended before the reply did */
function exchange(socket: Socket, request: string): Promise<Reply | null> {
  return new Promise((resolve) => {
    const read = createReplyReader()
    const end = (reply: Reply | null) => {
      socket.off('data', onData)
      socket.off('close', onClose)
      resolve(reply)
    }
    const onData = (chunk: Buffer) => {
      const reply = read(chunk)
      if (reply) end(reply)
    }
    const onClose = () => end(null)
    if (socket.destroyed) return resolve(null)
    socket.on('data', onData)
    socket.on('close', onClose)
    socket.write(request)
  })
}

const isForged = ({ forgedEvery }: Volley, at: number): boolean => forgedEvery !== undefined && at % forgedEvery === 0

function requestOf(volley: Volley, at: number): string {
  const { targets, key, from, bytes } = volley
  const target = targets[at % targets.length]
  if (!target) throw new Error('There is nothing to tell of')
  const { module, wrapper, idKey, id } = target
  const body = JSON.stringify({ [wrapper]: { [idKey]: id, number: at, notes: 'x'.repeat(bytes) } })
  const forwarded = typeof from === 'object' && 'forwarded' in from ? at % from.forwarded : undefined
  const head = [
    `POST /api/tds/webhooks/${module} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${body.length}`,
    `x-webhook-key: ${isForged(volley, at) ? 'wrong' : key}`,
    ...(forwarded === undefined ? [] : [`x-forwarded-for: 10.0.${forwarded >> 8}.${forwarded & 255}`]),
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

if (import.meta.main) {
  const [volley] = await once(process, 'message')
  const landed = await send(volley as Volley, () => process.send?.('first'))
  process.send?.(landed)
}
