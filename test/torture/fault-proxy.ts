import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** What the network does, by its sides: a request goes from the client to the target, an answer comes back. */
export type NetworkFault =
  /** Each piece of an answer comes so much later. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** An answer comes in drops. */
  | { readonly kind: 'trickle'; readonly bytes: number; readonly everyMs: number }
  /** The connection breaks (RST) with the first byte of a request, so that the target never sees it. */
  | { readonly kind: 'reset' }
  /** The connection ends (FIN) after so many bytes of its answers. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Nothing goes through any more, either way, and nobody is told; what was sent meanwhile arrives when it is over. */
  | { readonly kind: 'black-hole' }
  /** Nobody is there: living connections break at once, new ones as soon as they stand. */
  | { readonly kind: 'refuse' }

/** A network between a client and its target, good or bad, switchable while it is used. */
export interface FaultProxy {
  /** The target's URL with this proxy in the place of its host. */
  readonly url: string
  /** How often the present fault has struck: pieces of bytes, or connections that were broken or refused. */
  readonly met: number
  readonly connections: number
  /** From now on, for living connections too; in the place of the last one. @param times strikes after which it is over */
  set(fault: NetworkFault, times?: number): void
  clear(): void
  /** Breaks every living connection (RST), idle ones too. @returns how many */
  breakAll(): number
  close(): Promise<void>
}

/** @param target any URL with host and port: `http://…`, `postgresql://…` */
export async function openFaultProxy(target: string): Promise<FaultProxy> {
  const behind = new URL(target)
  const lines = new Set<Line>()
  let season = newSeason(undefined)
  const server = createServer((client) => {
    if (strikes('refuse')) return void client.resetAndDestroy()
    const line: Line = { client, upstream: connect({ host: behind.hostname, port: Number(behind.port) }), answered: 0 }
    lines.add(line)
    for (const socket of [line.client, line.upstream]) {
      socket.setNoDelay(true)
      // A connection that breaks is what this is for.
      socket.on('error', () => {})
      socket.on('close', () => lines.delete(line))
    }
    void carry(line.client, line.upstream, (request) => passRequest(line, request))
    void carry(line.upstream, line.client, (answer) => passAnswer(line, answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port')

  return {
    url: Object.assign(new URL(target), { hostname: '127.0.0.1', port: String(address.port) }).href.replace(/\/$/, ''),
    get met() {
      return season.met
    },
    get connections() {
      return lines.size
    },
    set(fault, times) {
      begin(newSeason(fault, times))
      if (fault.kind === 'refuse') season.met += breakAll()
    },
    clear: () => begin(newSeason(undefined)),
    breakAll,
    async close() {
      begin(newSeason(undefined))
      breakAll()
      server.close()
      await once(server, 'close')
    },
  }

  function begin(next: Season): void {
    season.over.abort()
    season = next
    for (const line of lines) line.answered = 0
  }

  function breakAll(): number {
    const living = [...lines]
    for (const line of living) hangUp(line)
    return living.length
  }

  /** Counts a strike of the present fault, if it is of this kind and not used up. */
  function strikes<K extends NetworkFault['kind']>(kind: K): (NetworkFault & { kind: K }) | undefined {
    const { fault, met, times } = season
    if (fault?.kind !== kind || met >= times) return undefined
    season.met += 1
    return fault as NetworkFault & { kind: K } // told apart by `kind` above
  }

  async function passRequest(line: Line, bytes: Buffer): Promise<void> {
    if (strikes('reset')) return hangUp(line)
    if (strikes('black-hole')) await until(season)
    await write(line.upstream, bytes)
  }

  async function passAnswer(line: Line, bytes: Buffer): Promise<void> {
    if (strikes('black-hole')) await until(season)
    const delay = strikes('delay')
    if (delay) await until(season, delay.milliseconds)
    const trickle = strikes('trickle')
    if (trickle) return drip(line.client, bytes, trickle)
    const { fault } = season
    line.answered += bytes.length
    if (fault?.kind !== 'cut' || line.answered <= fault.afterBytes || !strikes('cut'))
      return void (await write(line.client, bytes))
    await write(line.client, bytes.subarray(0, bytes.length - (line.answered - fault.afterBytes)))
    line.client.destroy()
    line.upstream.destroy()
  }

  async function drip(to: Socket, bytes: Buffer, { bytes: size, everyMs }: { bytes: number; everyMs: number }) {
    const ours = season
    for (let from = 0; from < bytes.length; from += size) {
      if (ours.over.signal.aborted) return void (await write(to, bytes.subarray(from)))
      await write(to, bytes.subarray(from, from + size))
      await until(ours, everyMs)
    }
  }
}

interface Line {
  readonly client: Socket
  readonly upstream: Socket
  /** Bytes of answers since the present fault was set. */
  answered: number
}

/** The time of one fault, or of none. */
interface Season {
  readonly fault: NetworkFault | undefined
  readonly times: number
  readonly over: AbortController
  met: number
}

const newSeason = (fault: NetworkFault | undefined, times = Number.POSITIVE_INFINITY): Season => ({
  fault,
  times,
  over: new AbortController(),
  met: 0,
})

/** Resolves when the season is over, or after so long. */
const until = ({ over }: Season, milliseconds = 2 ** 31 - 1): Promise<void> =>
  pause(milliseconds, undefined, { signal: over.signal, ref: false }).catch(() => {})

async function carry(from: Socket, to: Socket, pass: (bytes: Buffer) => Promise<void>): Promise<void> {
  try {
    for await (const bytes of from) await pass(bytes)
    to.end()
  } catch {
    to.destroy()
  }
}

async function write(to: Socket, bytes: Buffer): Promise<void> {
  if (!to.destroyed && !to.write(bytes)) await once(to, 'drain')
}

function hangUp({ client, upstream }: Line): void {
  client.resetAndDestroy()
  upstream.destroy()
}
