import fc from 'fast-check'
import type { Operation, Place } from './contract.ts'
import { anyText, anyValue } from './values.ts'

/** A request as it is written to the wire; nothing in it that a client library would refuse to send. */
export interface Shot {
  readonly operation: string
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
  /** Whose key it carries: one that opens everything, none, or something that is no key. */
  readonly key: 'right' | 'none' | 'wrong'
}

/** Values that exist, by the name of a path parameter: what is found is looked into further than what is not. */
export type Known = (operation: Operation, place: string) => readonly string[]

/** A request to one of the routes: right, and then wrong in some places. */
export function anyShot(operations: readonly Operation[], known: Known): fc.Arbitrary<Shot> {
  return fc.oneof(...operations.map((operation) => shotAt(operation, known)))
}

function shotAt(operation: Operation, known: Known): fc.Arbitrary<Shot> {
  return fc
    .record({
      method: mostly(operation.method, fc.constantFrom(...methods), 20),
      path: pathOf(operation, known),
      query: queryOf(operation.queries),
      sent: bodyOf(operation),
      headers: fc.dictionary(fc.constantFrom(...headerNames), headerValue, { maxKeys: 2 }),
      key: mostly<Shot['key']>('right', fc.constantFrom('none', 'wrong'), 12),
      wrongKey: anyText.map(headerSafe),
    })
    .map(({ method, path, query, sent, headers, key, wrongKey }) => ({
      operation: operation.name,
      method,
      target: path + query,
      headers: { ...headers, ...sent.headers, ...(key === 'wrong' && { authorization: `Bearer ${wrongKey}` }) },
      body: sent.body,
      key,
    }))
}

const mostly = <T>(usual: T, other: fc.Arbitrary<T>, oneIn: number): fc.Arbitrary<T> =>
  fc.oneof({ weight: oneIn - 1, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other })

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'PURGE', 'QUERY']

function pathOf({ path, places, ...operation }: Operation, known: Known): fc.Arbitrary<string> {
  const values = places.map(({ name, example }) => {
    const real = known({ path, places, ...operation }, name)
    return fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(example, ...real) },
      { weight: 3, arbitrary: anyText.map(encoded) },
      { weight: 1, arbitrary: fc.constantFrom(...rawPlaces) },
    )
  })
  return fc
    .tuple(fc.tuple(...values), mostly('', fc.constantFrom('/', '//', '/..', '%2f', ';a=b', '%', '%00', '.json'), 25))
    .map(([chosen, tail]) => {
      let at = 0
      return path.replace(/\{\w+\}/g, () => chosen[at++] ?? '') + tail
    })
}

/** As they stand, without another encoding. */
const rawPlaces = [
  '%',
  '%zz',
  '%c0%af',
  '%ff',
  '%00',
  '..',
  '%2e%2e',
  '%2f',
  '.',
  '*',
  '~',
  'a%20b',
  '%F0%9F%98%80',
  '\\',
]

function queryOf(queries: readonly Place[]): fc.Arbitrary<string> {
  const own = queries.map(({ name, example }) =>
    fc.oneof(
      { weight: 5, arbitrary: fc.constant('') },
      { weight: 3, arbitrary: fc.constant(`${name}=${encoded(example)}`) },
      { weight: 3, arbitrary: anyText.map((text) => `${name}=${encoded(text)}`) },
      { weight: 1, arbitrary: fc.constantFrom(`${name}`, `${name}=%`, `${name}=%zz`, `${name}=%ff`, `${name}=%00`) },
      {
        weight: 1,
        arbitrary: anyText.map((text) => `${name}=${encoded(text)}&${name}=${encoded(example)}`),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(`${name}[]=1`, `${name}[__proto__]=1`, `${name}[a][b]=1`, `${name}.length=9`),
      },
    ),
  )
  const strange = mostly(
    '',
    fc.oneof(
      fc.constantFrom('__proto__=1', 'constructor[prototype][a]=1', '=', '&&&', 'a=1;b=2', '?', '#', 'key=x'),
      fc.integer({ min: 10, max: 3_000 }).map((times) => 'a=1&'.repeat(times)),
      fc.integer({ min: 100, max: 14_000 }).map((length) => `q=${'y'.repeat(length)}`),
    ),
    15,
  )
  return fc.tuple(...own, strange).map((parts) => {
    const query = parts.filter(Boolean).join('&')
    return query === '' ? '' : `?${query}`
  })
}

interface Sent {
  readonly headers: Record<string, string>
  readonly body: Buffer | undefined
}

/** Bodies go where they belong, and now and then where they do not. */
function bodyOf({ body, isRead, path }: Operation): fc.Arbitrary<Sent> {
  const nothing = fc.constant<Sent>({ headers: {}, body: undefined })
  const isWebhook = path.includes('/webhooks/')
  if (body === undefined && !isWebhook)
    return fc.oneof({ weight: isRead ? 30 : 4, arbitrary: nothing }, { weight: 1, arbitrary: sentAs(anyJson({})) })
  return fc.oneof(
    { weight: 1, arbitrary: nothing },
    { weight: 12, arbitrary: sentAs(anyJson(body ?? { item: { item_id: '1', name: 'x' } })) },
  )
}

const sentAs = (text: fc.Arbitrary<Buffer>): fc.Arbitrary<Sent> =>
  fc.record({ body: text, headers: mostly(json, fc.constantFrom(...mislabelled), 8) })

const json: Record<string, string> = { 'content-type': 'application/json' }

/** What a body says of itself, rightly or not. */
const mislabelled: readonly Record<string, string>[] = [
  {},
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/x-www-form-urlencoded' },
  { 'content-type': 'multipart/form-data; boundary=x' },
  { 'content-type': 'application/xml' },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-type': 'application/json; charset=nonsense; charset=utf-8' },
  { 'content-type': 'application/problem+json' },
  { 'content-type': 'APPLICATION/JSON ; A="b' },
  { 'content-type': 'json' },
  { 'content-type': '/' },
  { 'content-type': ';' },
  { 'content-type': 'application/json, text/plain' },
  { 'content-type': `application/${'j'.repeat(5_000)}` },
  { ...json, 'content-encoding': 'gzip' },
  { ...json, 'content-encoding': 'br, gzip' },
  { ...json, 'content-encoding': 'nonsense' },
]

/** The right document with something wrong at one or more places, or a text that is none. */
function anyJson(right: unknown): fc.Arbitrary<Buffer> {
  const whole = JSON.stringify(right)
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(Buffer.from(whole)) },
    { weight: 9, arbitrary: changed(right).map((value) => Buffer.from(JSON.stringify(value) ?? 'null')) },
    { weight: 2, arbitrary: anyValue.map((value) => Buffer.from(JSON.stringify(value) ?? 'null')) },
    { weight: 2, arbitrary: fc.constantFrom(...tricks).map((trick) => Buffer.from(inserted(whole, trick))) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: whole.length }).map((at) => Buffer.from(whole.slice(0, at))) },
    { weight: 1, arbitrary: fc.constantFrom(...deep).map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: fc.constantFrom(...encodings).map((encode) => encode(whole)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  )
}

/** First members of the document: twice, or with a meaning of their own. */
const tricks = [
  '"__proto__":{"isAdmin":true}',
  '"constructor":{"prototype":{"a":1}}',
  '"__proto__":null',
  '"\\u005f_proto__":{"x":1}',
  '"reason":"a","reason":"b"',
  '"ids":[1],"ids":"x"',
  '"dry_run":true,"dry_run":"\\ud800"',
  '"a":1e999',
  '"a":-0.0e-999',
  `"a":${'1'.repeat(5_000)}`,
  '"\\u0000":"\\u0000"',
  '"reason":"\\ud800"',
  '"reason":"\\u0000"',
]

const inserted = (whole: string, trick: string): string =>
  whole.startsWith('{') && whole !== '{}' ? `{${trick},${whole.slice(1)}` : `{${trick}}`

const deep = [
  '['.repeat(20_000),
  '['.repeat(20_000) + ']'.repeat(20_000),
  `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`,
  `{"filter":${'{"filter":'.repeat(5_000)}1${'}'.repeat(5_001)}`,
  `"${'x'.repeat(1_200_000)}"`,
  `[${'1,'.repeat(100_000)}1]`,
  '',
  ' ',
  'null',
  '0',
  '""',
  'undefined',
  "{'a':1}",
  '{"a":1}}',
  '{"a":1,}',
  '// {}',
]

const encodings: readonly ((text: string) => Buffer)[] = [
  (text) => Buffer.from(`\ufeff${text}`),
  (text) => Buffer.from(text, 'utf16le'),
  (text) => Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0xfe, 0x00])]),
  (text) => Buffer.from(text.replace('"', '"\xc3('), 'latin1'),
  (text) => Buffer.from(text.replace('{', '{\0')),
]

/** Puts something else at one place: a member, an element, another name, or nothing. */
function changed(right: unknown): fc.Arbitrary<unknown> {
  const ways = waysInto(right)
  if (ways.length === 0) return anyValue
  return fc
    .array(fc.tuple(fc.constantFrom(...ways), fc.constantFrom('put', 'drop', 'name'), anyValue, anyText), {
      minLength: 1,
      maxLength: 3,
    })
    .map((changes) => changes.reduce((value, [way, what, put, name]) => at(value, way, what, put, name), right))
}

function waysInto(value: unknown, way: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => [[...way, key], ...waysInto(part, [...way, key])])
}

function at(value: unknown, [key, ...rest]: readonly string[], what: string, put: unknown, name: string): unknown {
  if (key === undefined || typeof value !== 'object' || value === null) return put
  const entries = Object.entries(value).flatMap(([each, part]): (readonly [string, unknown])[] => {
    if (each !== key) return [[each, part]]
    if (rest.length > 0) return [[each, at(part, rest, what, put, name)]]
    return what === 'drop' ? [] : [[what === 'name' ? name : each, what === 'put' ? put : part]]
  })
  return Array.isArray(value) ? entries.map(([, part]) => part) : Object.fromEntries(entries)
}

const headerNames = [
  'accept',
  'accept-encoding',
  'if-none-match',
  'if-modified-since',
  'if-range',
  'range',
  'origin',
  'referer',
  'cookie',
  'x-request-id',
  'x-http-method-override',
  'x-forwarded-host',
  'x-forwarded-proto',
  'forwarded',
  'last-event-id',
  'user-agent',
  'sec-fetch-site',
  'x-webhook-key',
  'x-zoho-webhook-signature',
  'prefer',
  '__proto__',
]

const headerValue: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: anyText.map(headerSafe) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'text/html',
      '*/*',
      'text/event-stream',
      'bytes=0-',
      'bytes=-1',
      'bytes=5-2',
      'bytes=0-0,2-3',
      `bytes=${'9'.repeat(15)}-`,
      '*',
      'W/"x"',
      'null',
      'for=127.0.0.1;host=x',
      'http://evil.example',
      '99999999999',
      'Thu, 99 Foo 2026',
    ),
  },
)

/** What a header may hold, in the length that a server takes. */
function headerSafe(text: string): string {
  return text.replace(/[^\x20-\x7e\x80-\xff]/g, '?').slice(0, 6_000)
}

function encoded(text: string): string {
  return encodeURIComponent(text.slice(0, 9_000).toWellFormed())
}
