import { connect, type Socket } from 'node:net'

/** Milliseconds from a request's first byte out to its answer's last byte in, one a request; and their whole time. */
export interface Load {
  readonly seconds: number
  readonly latenciesMs: readonly number[]
  /** Answers by status. */
  readonly statuses: Readonly<Record<number, number>>
}

/**
 * Sends every request once, one after the other on each of the connections. A load generator of few instructions: it
 * shares the machine with what it measures, and a limit that it could not drive would flatter whoever is compared to it.
 * @param requests whole HTTP requests, first line to body, with keep-alive
 * @param deadlineMs for all of it
 */
export async function sendAll({
  port,
  requests,
  connections,
  deadlineMs = 120_000,
}: {
  port: number
  requests: readonly Buffer[]
  connections: number
  deadlineMs?: number
}): Promise<Load> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)))
  const expire = () => {
    for (const socket of sockets) socket.destroy(new Error('the load took too long'))
  }
  const expired = setTimeout(expire, deadlineMs)
  const latenciesMs: number[] = []
  const statuses: Record<number, number> = {}
  let next = 0
  const start = performance.now()
  const take = () => requests[next++]
  const note = (status: number, ms: number) => {
    statuses[status] = (statuses[status] ?? 0) + 1
    latenciesMs.push(ms)
  }
  try {
    await Promise.all(sockets.map((socket) => drive(socket, take, note)))
    return { seconds: (performance.now() - start) / 1000, latenciesMs, statuses }
  } finally {
    clearTimeout(expired)
    for (const socket of sockets) socket.destroy()
  }
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
  })
}

function drive(
  socket: Socket,
  take: () => Buffer | undefined,
  note: (status: number, ms: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let sentAt = 0
    let pending = ''
    const send = () => {
      const request = take()
      if (!request) return resolve()
      sentAt = performance.now()
      socket.write(request)
    }
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server closed a connection')))
    socket.on('data', (chunk) => {
      pending += chunk.toString('latin1')
      const status = statusOfWhole(pending)
      if (status === undefined) return
      note(status, performance.now() - sentAt)
      pending = ''
      send()
    })
    send()
  })
}

/** The status of an answer that is complete, by its content-length. */
function statusOfWhole(answer: string): number | undefined {
  const end = answer.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const length = /\r\ncontent-length: (\d+)/i.exec(answer)?.[1]
  if (length === undefined) throw new Error('an answer without content-length')
  return answer.length >= end + 4 + Number(length) ? Number(answer.slice(9, 12)) : undefined
}
