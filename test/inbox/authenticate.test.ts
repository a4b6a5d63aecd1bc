import { createHmac } from 'node:crypto'
import t from 'tap'
import { type AuthRequest, authenticate } from '../../src/inbox/authenticate.ts'
import { observe } from '../../src/inbox/observe.ts'

const secret = 'aSigningSecret12'
const other = 'theNextSecret345'
const key = 'a-static-key-of-thirty-two-characters'
const body = Buffer.from('{"created_date":"2026-03-06","event_id":"5675"}')
const query: AuthRequest['query'] = [
  ['subscription_id', '90343'],
  ['name', 'basic'],
]
const signed = `namebasicsubscription_id90343${body.toString()}`

const hmac = (text: string, encoding: 'hex' | 'base64', by = secret) =>
  createHmac('sha256', by).update(text).digest(encoding)

const request = (over: Partial<AuthRequest> = {}): AuthRequest => ({
  query,
  body,
  contentType: 'application/json',
  signature: undefined,
  keyHeader: undefined,
  ...over,
})
const secrets = { secrets: [secret, other], key: undefined }
const both = { secrets: [secret], key }

t.test('a signature over the sorted query and the raw body is valid in hex and in Base64', async (t) => {
  const hex = authenticate(request({ signature: hmac(signed, 'hex') }), secrets)
  t.same(hex, { method: 'signature-hex' })
  t.same(authenticate(request({ signature: hmac(signed, 'hex').toUpperCase() }), secrets), { method: 'signature-hex' })
  t.same(authenticate(request({ signature: hmac(signed, 'base64') }), secrets), { method: 'signature-base64' })
})

t.test('both live secrets are accepted', async (t) => {
  t.same(authenticate(request({ signature: hmac(signed, 'hex', other) }), secrets), { method: 'signature-hex' })
  t.same(authenticate(request({ signature: hmac(signed, 'hex', 'a third secret') }), secrets), {
    refused: 'wrong_signature',
  })
})

t.test('the pairs of a form join those of the query, and no raw body follows', async (t) => {
  const form = request({
    body: Buffer.from('zip=10+B&name=%D8%A3%D8%AD%D9%85%D8%AF'),
    contentType: 'application/x-www-form-urlencoded; charset=utf-8',
    query: [['mode', 'x']],
  })
  const signature = hmac('modexnameأحمدzip10 B', 'hex')
  t.same(authenticate({ ...form, signature }, secrets), { method: 'signature-hex' })
})

t.test('the key in the query is part of what Zoho signed', async (t) => {
  const withKey = request({ query: [['key', 'k'], ...query], signature: hmac(`keyk${signed}`, 'hex') })
  t.same(authenticate(withKey, secrets), { method: 'signature-hex' })
})

t.test('one changed byte, a missing pair or a truncated signature is refused', async (t) => {
  const signature = hmac(signed, 'hex')
  t.same(authenticate(request({ signature, body: Buffer.from(`${body} `) }), secrets), { refused: 'wrong_signature' })
  t.same(authenticate(request({ signature, query: query.slice(1) }), secrets), { refused: 'wrong_signature' })
  t.same(authenticate(request({ signature: signature.slice(1) }), secrets), { refused: 'malformed_signature' })
  t.same(authenticate(request({ signature: secret }), secrets), { refused: 'malformed_signature' })
})

t.test('every digit of a signature counts, the last one as well', async (t) => {
  const signature = hmac(signed, 'hex')
  for (let place = 0; place < signature.length; place += 1) {
    const other = signature[place] === '0' ? '1' : '0'
    const changed = signature.slice(0, place) + other + signature.slice(place + 1)
    t.same(authenticate(request({ signature: changed }), secrets), { refused: 'wrong_signature' }, `digit ${place}`)
  }
})

t.test('the static key is valid in the header and in the query, and nearly the key is not', async (t) => {
  const keyed = { secrets: [], key }
  t.same(authenticate(request({ keyHeader: key }), keyed), { method: 'key-header' })
  t.same(authenticate(request({ query: [['key', key]] }), keyed), { method: 'key-query' })
  for (const wrong of [`${key} `, key.slice(1), key.slice(0, -1), '', 'ключ']) {
    t.same(authenticate(request({ keyHeader: wrong }), keyed), { refused: 'wrong_key' })
  }
})

t.test('one valid method suffices, whatever else the request carries', async (t) => {
  t.same(authenticate(request({ keyHeader: key, signature: 'nonsense' }), both), { method: 'key-header' })
  const signature = hmac(signed, 'hex')
  t.same(authenticate(request({ keyHeader: 'wrong', signature }), both), { method: 'signature-hex' })
})

t.test('nothing sent is refused, and with nothing configured everything is', async (t) => {
  t.same(authenticate(request(), both), { refused: 'missing' })
  const nothing = { secrets: [], key: undefined }
  t.same(authenticate(request({ keyHeader: 'undefined' }), nothing), { refused: 'not_configured' })
  t.same(authenticate(request({ signature: hmac(signed, 'hex', '') }), nothing), { refused: 'not_configured' })
  t.same(authenticate(request({ keyHeader: key }), secrets), { refused: 'missing' })
})

t.test('observing says which way of signing would have matched, and still admits nothing', async (t) => {
  const bodyOnly = request({ signature: hmac(body.toString(), 'base64', other) })
  t.same(authenticate(bodyOnly, secrets), { refused: 'wrong_signature' })
  t.equal(observe(bodyOnly, secrets), 'base64 signature over the body only matches secret 2')
  const unsorted = request({ signature: hmac(`subscription_id90343namebasic${body}`, 'hex') })
  t.match(observe(unsorted, secrets), /order of the URL/)
  t.match(observe(request({ signature: hmac(signed, 'hex', 'x') }), secrets), /another secret/)
  t.match(observe(request({ signature: 'short' }), secrets), /neither hex/)
  t.match(observe(request({ keyHeader: 'k' }), secrets), /no TDS_WEBHOOK_KEY is configured/)
  t.match(observe(request({ keyHeader: 'k' }), both), /not the configured one/)
  t.match(observe(request(), both), /no signature and no key/)
})
