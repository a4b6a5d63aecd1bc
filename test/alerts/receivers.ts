import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import type { Test } from 'tap'

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A real HTTP receiver that keeps what came and answers as it is told. */
export async function httpReceiver(t: Test) {
  const received: Received[] = []
  const answers: { status: number } = { status: 200 }
  const server = createServer(async (request, reply) => {
    const { method = '', url = '', headers } = request
    received.push({ method, path: url, headers, body: await text(request) })
    if (answers.status > 0) reply.writeHead(answers.status, { location: '/elsewhere' }).end()
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { received, answers, url: `http://127.0.0.1:${portOf(server.address())}` }
}

export interface Mail {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
}

export const mailUser = { user: 'tds', pass: 'mail-password-of-the-test' }

/** A real SMTP server that wants a login. @param port of one that was closed before */
export async function mailServer(t: Test, port = 0) {
  const mails: Mail[] = []
  const server = new SMTPServer({
    logger: false,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, answer) {
      if (username === mailUser.user && password === mailUser.pass) answer(null, { user: username })
      else answer(new Error('no such user'))
    },
    onData(stream, { envelope }, answer) {
      void text(stream).then((content) => {
        const from = envelope.mailFrom ? envelope.mailFrom.address : ''
        mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), text: content })
        answer()
      })
    },
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(port, '127.0.0.1', resolve)
  await promise
  const close = () => {
    const { promise: closed, resolve: done } = Promise.withResolvers<void>()
    server.close(done)
    return closed
  }
  t.teardown(close)
  const taken = portOf(server.server.address())
  return {
    mails,
    close,
    port: taken,
    url: (pass = mailUser.pass) => `smtp://${mailUser.user}:${pass}@127.0.0.1:${taken}`,
  }
}

const portOf = (address: string | AddressInfo | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0
