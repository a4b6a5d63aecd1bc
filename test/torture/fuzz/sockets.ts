import { connect } from 'node:net'
import { setTimeout as pass } from 'node:timers/promises'
import type { Figures } from '../trial.ts'
import { faultOf } from './judge.ts'

/** Bytes as no client library sends them. */
interface Shape {
  readonly name: string
  /** Written one after the other; a number is a pause in milliseconds. */
  readonly parts: readonly (string | Buffer | number)[]
  /** How many answers may come; what is smuggled behind a request must not get one. @default 1 */
  readonly mostAnswers?: number
  /** Statuses that are right; undefined: any below 500. */
  readonly statuses?: readonly number[]
  /** Whether the connection may end without a word. */
  readonly maySayNothing?: boolean
}

export interface SocketOptions {
  readonly url: string
  readonly key: string
  readonly secrets: ReadonlySet<string>
  readonly times: number
}

/** Requests of the kind that get past one server and into another. @throws the first that is answered wrongly */
export async function sendShapes({ url, key, secrets, times }: SocketOptions): Promise<Figures> {
  const { hostname, port } = new URL(url)
  const all = shapes(`${hostname}:${port}`, key)
  const faults = new Map<string, string>()
  let answered = 0
  for (let time = 0; time < times; time++)
    await Promise.all(
      all.map(async (shape) => {
        const received = await exchange(hostname, Number(port), shape)
        const fault = judge(shape, received, secrets)
        if (fault !== undefined) faults.set(shape.name, fault)
        if (received !== '') answered += 1
      }),
    )
  if (faults.size > 0) throw new Error([...faults].map(([name, fault]) => `${name}: ${fault}`).join('\n'))
  if (answered === 0) throw new Error('No malformed request was answered')
  return { 'malformed requests': all.length * times, 'of them answered': answered }
}

function exchange(host: string, port: number, { parts }: Shape): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host)
    let received = ''
    socket.setEncoding('latin1')
    socket.setTimeout(20_000, () => socket.destroy(new Error('No answer and no end within 20 s')))
    socket.on('data', (text) => {
      received += String(text)
      if (received.length > 500_000) socket.destroy()
    })
    socket.on('close', () => resolve(received))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
    })
    socket.on('connect', () => {
      write().catch(() => {})
    })

    async function write(): Promise<void> {
      for (const part of parts) {
        if (socket.destroyed) return
        if (typeof part === 'number') await pass(part)
        else socket.write(part)
      }
      // What is left half said ends here: the server answers what it has understood.
      await pass(150)
      socket.end()
    }
  })
}

function judge(
  { mostAnswers = 1, statuses, maySayNothing = false }: Shape,
  received: string,
  secrets: Iterable<string>,
) {
  const answers = received.split(/(?=HTTP\/1\.[01] \d{3} )/).filter((part) => part.startsWith('HTTP/1.'))
  const said = JSON.stringify(received.slice(0, 300))
  const finals = answers.filter((answer) => !/^HTTP\/1\.1 100 /.test(answer))
  if (finals.length === 0 && !maySayNothing) return `no answer: ${said}`
  if (finals.length > mostAnswers) return `${finals.length} answers to one request: ${said}`
  for (const answer of finals) {
    const [head = '', text = ''] = answer.split(/\r\n\r\n(.*)/s)
    const status = Number(head.slice(9, 12))
    if (statuses && !statuses.includes(status)) return `answered ${status}: ${said}`
    const type = /^content-type: *(.*)$/im.exec(head)?.[1] ?? ''
    const isReport = status === 503 && text.includes('"queue"')
    const fault = faultOf(
      { status: isReport ? 200 : status, type, text: unchunked(head, text), isBodiless: false },
      '/',
      secrets,
    )
    if (fault !== undefined) return `${fault}: ${said}`
  }
  return undefined
}

const unchunked = (head: string, text: string): string =>
  /^transfer-encoding: *chunked/im.test(head) ? text.replace(/(^|\r\n)[0-9a-f]+\r\n/g, '') : text

function shapes(host: string, key: string): readonly Shape[] {
  const auth = `authorization: Bearer ${key}\r\n`
  const smuggled = `GET /api/tds/keys HTTP/1.1\r\nhost: ${host}\r\n${auth}\r\n`
  const post = (headers: string, body: string) =>
    `POST /api/tds/dlq/requeue HTTP/1.1\r\nhost: ${host}\r\n${auth}content-type: application/json\r\n${headers}\r\n${body}`
  const get = (line: string, headers = '') => `${line}\r\nhost: ${host}\r\n${headers}connection: close\r\n\r\n`
  const bad = [400]
  return [
    {
      name: 'two lengths that differ',
      parts: [post('content-length: 2\r\ncontent-length: 40\r\n', `{}${smuggled}`)],
      statuses: bad,
    },
    { name: 'two lengths in one header', parts: [post('content-length: 2, 40\r\n', `{}${smuggled}`)], statuses: bad },
    {
      name: 'two equal lengths',
      parts: [post('content-length: 2\r\ncontent-length: 2\r\n', `{}${smuggled}`)],
      statuses: bad,
    },
    {
      name: 'length and chunks',
      parts: [post('content-length: 6\r\ntransfer-encoding: chunked\r\n', `0\r\n\r\n${smuggled}`)],
      statuses: bad,
    },
    {
      name: 'chunks and length',
      parts: [post('transfer-encoding: chunked\r\ncontent-length: 6\r\n', `0\r\n\r\n${smuggled}`)],
      statuses: bad,
    },
    {
      name: 'chunked twice',
      parts: [post('transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n', `0\r\n\r\n${smuggled}`)],
      statuses: bad,
    },
    { name: 'nearly chunked', parts: [post('transfer-encoding: xchunked\r\n', `0\r\n\r\n${smuggled}`)], statuses: bad },
    {
      name: 'chunked behind a control character',
      parts: [post('transfer-encoding: \x0bchunked\r\n', `0\r\n\r\n${smuggled}`)],
      statuses: bad,
    },
    {
      name: 'space before the colon',
      parts: [post('transfer-encoding : chunked\r\ncontent-length: 2\r\n', `{}${smuggled}`)],
      statuses: bad,
    },
    { name: 'a folded header', parts: [get('GET /api/tds/health HTTP/1.1', 'x-a: b\r\n c\r\n')] },
    {
      name: 'a folded transfer-encoding',
      parts: [post('transfer-encoding:\r\n chunked\r\ncontent-length: 4\r\n', `0\r\n\r\n${smuggled}`)],
      statuses: bad,
    },
    { name: 'bare line feeds', parts: [`GET /api/tds/health HTTP/1.1\nhost: ${host}\nconnection: close\n\n`] },
    {
      name: 'a bare line feed in a header',
      parts: [get('GET /api/tds/health HTTP/1.1', 'x-a: b\ntransfer-encoding: chunked\r\n')],
    },
    {
      name: 'a bare return in a header',
      parts: [get('GET /api/tds/health HTTP/1.1', 'x-a: b\rx-c: d\r\n')],
      statuses: bad,
    },
    { name: 'NUL in a header', parts: [get('GET /api/tds/health HTTP/1.1', 'x-a: b\0c\r\n')], statuses: bad },
    { name: 'a negative length', parts: [post('content-length: -1\r\n', '')], statuses: bad },
    { name: 'a signed length', parts: [post('content-length: +2\r\n', '{}')], statuses: bad },
    { name: 'a hexadecimal length', parts: [post('content-length: 0x2\r\n', '{}')], statuses: bad },
    {
      name: 'a length no number holds',
      parts: [post(`content-length: ${'9'.repeat(40)}\r\n`, '{}')],
      statuses: [400, 413],
    },
    {
      name: 'a length above what is taken',
      parts: [post('content-length: 999999999\r\n', '{}')],
      statuses: [400, 413],
      maySayNothing: true,
    },
    {
      name: 'a chunk of a size no number holds',
      parts: [post('transfer-encoding: chunked\r\n', `${'f'.repeat(20)}\r\n{}`)],
      statuses: bad,
    },
    {
      name: 'a chunk without a size',
      parts: [post('transfer-encoding: chunked\r\n', 'zz\r\n{}\r\n0\r\n\r\n')],
      statuses: bad,
    },
    {
      name: 'a long extension of a chunk',
      parts: [post('transfer-encoding: chunked\r\n', `2;${'a'.repeat(40_000)}\r\n{}\r\n0\r\n\r\n`)],
      maySayNothing: true,
    },
    {
      name: 'many trailers',
      parts: [
        post('transfer-encoding: chunked\r\nconnection: close\r\n', `2\r\n{}\r\n0\r\n${'x-t: 1\r\n'.repeat(500)}\r\n`),
      ],
    },
    {
      name: 'a header of 70 kB',
      parts: [get('GET /api/tds/health HTTP/1.1', `x-a: ${'b'.repeat(70_000)}\r\n`)],
      statuses: [431],
    },
    {
      name: '3,000 headers',
      parts: [get('GET /api/tds/health HTTP/1.1', 'x-a: b\r\n'.repeat(3_000))],
      statuses: [200, 431, 503],
    },
    { name: 'a path of 70 kB', parts: [get(`GET /${'a'.repeat(70_000)} HTTP/1.1`)], statuses: [414, 431] },
    { name: 'a query of 12 kB', parts: [get(`GET /api/tds/health?${'a'.repeat(12_000)} HTTP/1.1`)] },
    { name: 'an absolute address', parts: [get('GET http://evil.example/api/tds/health HTTP/1.1')] },
    { name: 'an address that is none', parts: [get('GET http://[::1/%% HTTP/1.1')] },
    { name: 'a path of an authority', parts: [get('GET //evil.example/api/tds/keys HTTP/1.1')] },
    { name: 'a path with bytes', parts: [Buffer.from(get('GET /product-images/\xff\xfe HTTP/1.1'), 'latin1')] },
    { name: 'an asterisk', parts: [get('OPTIONS * HTTP/1.1')] },
    { name: 'no host', parts: ['GET /api/tds/health HTTP/1.1\r\nconnection: close\r\n\r\n'], statuses: bad },
    { name: 'two hosts', parts: [get('GET /api/tds/health HTTP/1.1', 'host: evil.example\r\n')] },
    {
      name: 'a host that is none',
      parts: ['GET /api/tds/health HTTP/1.1\r\nhost: a b/<>"\r\nconnection: close\r\n\r\n'],
    },
    { name: 'HTTP/1.0', parts: ['GET /api/tds/health HTTP/1.0\r\n\r\n'] },
    { name: 'HTTP/0.9', parts: ['GET /api/tds/health\r\n\r\n'], maySayNothing: true },
    { name: 'HTTP/3.7', parts: [get('GET /api/tds/health HTTP/3.7')], statuses: bad },
    { name: 'HTTP/2', parts: ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], maySayNothing: true },
    { name: 'TLS', parts: [Buffer.from('160301020001000001fc0303', 'hex')], maySayNothing: true },
    { name: 'an unknown method', parts: [get('BREW /api/tds/health HTTP/1.1')], statuses: bad },
    { name: 'CONNECT', parts: [get('CONNECT evil.example:443 HTTP/1.1')], maySayNothing: true },
    {
      name: 'an upgrade',
      parts: [get('GET /api/tds/health HTTP/1.1', 'upgrade: websocket\r\nconnection: upgrade\r\n')],
      maySayNothing: true,
    },
    {
      name: 'an expectation',
      parts: [post('expect: 100-continue\r\ncontent-length: 2\r\nconnection: close\r\n', '{}')],
    },
    {
      name: 'an unknown expectation',
      parts: [post('expect: 200-ok\r\ncontent-length: 2\r\nconnection: close\r\n', '{}')],
    },
    { name: 'empty lines before', parts: [`\r\n\r\n${get('GET /api/tds/health HTTP/1.1')}`] },
    { name: 'rubbish', parts: ['\0\x01\x02\r\n\r\n'], statuses: bad },
    { name: 'a GET with a body', parts: [get('GET /api/tds/health HTTP/1.1', 'content-length: 4\r\n').concat('{}{}')] },
    { name: 'half a request', parts: ['GET /api/tds/he'], maySayNothing: true },
    { name: 'half a body', parts: [post('content-length: 500\r\n', '{"reason":')], maySayNothing: true },
    {
      name: 'ten in one go',
      parts: [
        `GET /api/tds/health/live HTTP/1.1\r\nhost: ${host}\r\n\r\n`.repeat(9) +
          get('GET /api/tds/health/live HTTP/1.1'),
      ],
      mostAnswers: 10,
      statuses: [200],
    },
    { name: 'a request in drips', parts: drip(get('GET /api/tds/health/live HTTP/1.1'), 12), statuses: [200] },
    {
      name: 'a body in drips',
      parts: [post('content-length: 16\r\nconnection: close\r\n', ''), 40, ...drip('{"ids":["a","b"]', 40)],
      statuses: bad,
    },
    {
      name: 'a webhook in drips',
      parts: [
        `POST /api/tds/webhooks/test HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 9\r\nconnection: close\r\n\r\n`,
        ...drip('{"a":"b"}', 60),
      ],
      statuses: [200],
    },
  ]
}

const drip = (text: string, pauseMs: number): (string | number)[] => [...text].flatMap((letter) => [letter, pauseMs])
