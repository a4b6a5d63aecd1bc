import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** When the service dies: before its request leaves, once the database has it, or as the answer is on its way back. */
export type Moment = 'unsent' | 'sent' | 'answered'

/** The only way of one service to its database. Shut, it is to both sides what SIGKILL of the service is. */
export interface Gate {
  /** The database behind the gate. */
  readonly connectionString: string
  readonly isShut: boolean
  /** Shuts at the so-manieth request from now. */
  arm(requests: number, moment: Moment): void
  /** Cuts every connection in the middle of what it says; none comes through again. */
  shut(): void
  close(): Promise<void>
}

export async function openGate(database: string): Promise<Gate> {
  const behind = new URL(database)
  const sockets = new Set<Socket>()
  let isShut = false
  let armed: { left: number; readonly moment: Moment } | undefined
  const server = createServer((client) => {
    if (isShut) return void client.destroy()
    const upstream = connect({ host: behind.hostname, port: Number(behind.port), noDelay: true })
    client.setNoDelay(true)
    for (const socket of [client, upstream]) hold(socket)
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
    client.on('data', (request) => {
      const last = strikes()
      if (last === 'unsent') return shut()
      if (last === 'answered') {
        upstream.removeAllListeners('data')
        upstream.once('data', shut)
      }
      upstream.write(request, last === 'sent' ? shut : undefined)
    })
    upstream.on('data', (answer) => client.write(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The gate has no port')
  const connectionString = Object.assign(new URL(database), { port: String(address.port) }).href

  return {
    connectionString,
    get isShut() {
      return isShut
    },
    arm(requests, moment) {
      armed = { left: requests, moment }
    },
    shut,
    async close() {
      shut()
      server.close()
      await once(server, 'close')
    },
  }

  /** A connection that breaks is what this is for. */
  function hold(socket: Socket): void {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }

  /** Counts a request. @returns how to die of it, if this is the one */
  function strikes(): Moment | undefined {
    if (!armed) return undefined
    armed.left -= 1
    if (armed.left > 0) return undefined
    const { moment } = armed
    armed = undefined
    return moment
  }

  function shut(): void {
    isShut = true
    for (const socket of sockets) socket.destroy()
  }
}
