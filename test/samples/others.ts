import type { Test } from 'tap'
import { type JsonObject as StoredObject, sql } from '../../db/index.ts'
import type { JsonObject } from '../../src/entities/index.ts'
import { authenticate } from '../../src/inbox/authenticate.ts'
import { digest, signedParts } from '../../src/inbox/signature.ts'
import { rowsUnder } from '../../src/processors/index.ts'
import { storableJson } from '../../src/runtime/index.ts'
import { answerError } from '../../src/zoho/errors.ts'
import { testDatabase } from '../helpers/database.ts'
import { row } from './landing.ts'
import { type Recorded, recordedZoho } from './recorded-zoho.ts'

/** A sample that is no record of an entity: read and written by what it is for. @returns its lines of the table */
export type Other = (t: Test, sample: Sample) => Promise<readonly string[]>

export interface Sample {
  readonly file: string
  readonly text: string
  readonly body: JsonObject
}

const anOrganization = '60012345678'
const call = { product: 'books', path: '/contacts', purpose: 'test' } as const

export const others: Readonly<Record<string, Other>> = {
  'README.md': async () => [],
  'oauth-refresh-response.json': token,
  'oauth-errors.json': tokenErrors,
  'errors-api.json': apiErrors,
  'books-response-headers.json': headers,
  'books-organizations-list.json': organization,
  'books-currencies-list.json': currencies,
  'webhook-signature-vectors.json': signatures,
  'inventory-bundles-list.json': notMirrored('bundles', 'bundle_id', 'the stock they move comes with the stock sweep'),
  'inventory-itemgroups-list.json': notMirrored('itemgroups', 'group_id', 'their items are products'),
  'inventory-packages-list.json': notMirrored('packages', 'package_id', 'sales_orders has the quantities packed'),
  'inventory-salesreturns-list.json': notMirrored('salesreturns', 'salesreturn_id', 'their credit is a credit note'),
}

async function token(t: Test, { file, text, body }: Sample): Promise<readonly string[]> {
  const { zoho, database } = await recordedZoho(
    t,
    { token: { body: text }, contacts: { body: { code: 0 } } },
    anOrganization,
  )
  await zoho.get(call)
  const { rows } = await sql<Record<string, unknown>>`
    select access_token, api_domain, extract(epoch from expires_at - refreshed_at)::integer as expires_in
    from tds_zoho_token`.execute(database.db)
  t.match(rows, [{ access_token: body.access_token, api_domain: body.api_domain }])
  t.ok(Number(rows[0]?.expires_in) > 0 && Number(rows[0]?.expires_in) <= Number(body.expires_in), 'it ends in time')
  return [line(file, 'tds_zoho_token', body, ['access_token', 'api_domain', 'expires_in→expires_at'])]
}

async function tokenErrors(t: Test, { file, body }: Sample): Promise<readonly string[]> {
  for (const { http, body: reply } of objects(body.errors)) {
    const { zoho, database } = await recordedZoho(t, { token: { status: Number(http), body: reply } }, anOrganization)
    const error = isObject(reply) ? String(reply.error) : ''
    const [code, stored] = error.startsWith('invalid_')
      ? ['ZOHO_TOKEN_REJECTED', error]
      : ['ZOHO_TOKEN_THROTTLED', 'throttled']
    const permit = await zoho.acquireWhenFree({ ...call, signal: AbortSignal.timeout(5000) })
    await t.rejects(zoho.get({ ...call, permit }), { code, kind: 'wait' }, `${error} is ${code}`)
    const { rows } = await sql`select access_token, error_code from tds_zoho_token`.execute(database.db)
    t.strictSame(rows, [{ access_token: null, error_code: stored }])
  }
  return [row(file, 'tds_zoho_token', 'error→error_code', 'nowhere: error_description status')]
}

const errorCodes: Readonly<Record<string, string>> = {
  44: 'ZOHO_MINUTE_LIMIT',
  45: 'ZOHO_DAY_LIMIT',
  1070: 'ZOHO_CONCURRENCY',
  14: 'ZOHO_UNAUTHORIZED',
  57: 'ZOHO_SCOPE',
  1002: 'ZOHO_NOT_FOUND',
  1000: 'ZOHO_SERVER',
}

async function apiErrors(t: Test, { file, body }: Sample): Promise<readonly string[]> {
  for (const { http, body: reply, case: about } of objects(body.errors)) {
    if (!isObject(reply)) throw new Error(`${file}: ${about} has no body`)
    const code = errorCodes[String(reply.code)]
    const answer = { status: Number(http), code: Number(reply.code), message: String(reply.message), retryAfter: null }
    t.match(answerError(answer, call, 0), { code }, `${about} is ${code}`)
    const { zoho, database } = await recordedZoho(
      t,
      { contacts: { status: answer.status, body: reply } },
      anOrganization,
    )
    const permit = await zoho.acquireWhenFree({ ...call, signal: AbortSignal.timeout(5000) })
    await t.rejects(zoho.get({ ...call, permit }))
    const { rows } = await sql`select distinct status, error_code from tds_zoho_calls`.execute(database.db)
    t.strictSame(rows, [{ status: answer.status, error_code: code }], `${about} is recorded`)
  }
  return [row(file, 'tds_zoho_calls', 'code→error_code http→status', 'nowhere: message (told in the error)')]
}

async function headers(t: Test, { file, body }: Sample): Promise<readonly string[]> {
  const given = isObject(body.headers) ? body.headers : {}
  const sent = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]))
  const { zoho, database } = await recordedZoho(t, { contacts: { headers: sent, body: { code: 0 } } }, anOrganization)
  await zoho.get(call)
  const { rows } = await sql`
    select day_limit, day_remaining, round(extract(epoch from day_resets_at - clock_timestamp()) / 60) as minutes
    from tds_zoho_budget where scope = 'books'`.execute(database.db)
  const number = (name: string) => Number(sent[name])
  t.match(rows, [{ day_limit: number('x-rate-limit-limit'), day_remaining: number('x-rate-limit-remaining') }])
  t.match(rows, [{ minutes: String(Math.round(number('x-rate-limit-reset') / 60)) }])
  const typed = ['limit→day_limit', 'remaining→day_remaining', 'reset→day_resets_at'].map(
    (each) => `x-rate-limit-${each}`,
  )
  return [line(file, 'tds_zoho_budget', sent, typed)]
}

const organizationKeys = ['organization_id', 'name', 'time_zone', 'currency_code', 'price_precision', 'plan_name']

async function organization(t: Test, { file, text, body }: Sample): Promise<readonly string[]> {
  const [own = {}] = rowsUnder(body, ['organizations'], file)
  const rows = await readOrganization(t, { organizations: { body: text } }, String(own.organization_id))
  for (const key of organizationKeys) t.equal(rows[0]?.[key], own[key], key)
  return [line(file, 'tds_zoho_organization', own, organizationKeys)]
}

async function currencies(t: Test, { file, text, body }: Sample): Promise<readonly string[]> {
  const list = rowsUnder(body, ['currencies'], file)
  const rows = await readOrganization(t, { currencies: { body: text } }, anOrganization)
  const expected = list.map((each) => [
    each.currency_code,
    { precision: each.price_precision, isBase: each.is_base_currency },
  ])
  t.strictSame(rows[0]?.currencies, Object.fromEntries(expected))
  const typed = ['currency_code', 'price_precision', 'is_base_currency'].map((key) => `${key}→currencies`)
  return [line(file, 'tds_zoho_organization', list[0] ?? {}, typed)]
}

async function readOrganization(t: Test, replies: Readonly<Record<string, Recorded>>, organizationId: string) {
  const plain = { organization_id: organizationId, name: 'Ours', time_zone: 'Asia/Baghdad', currency_code: 'USD' }
  const defaults = {
    organizations: { body: { code: 0, organizations: [plain] } },
    currencies: { body: { code: 0, currencies: [] } },
  }
  const { zoho, database } = await recordedZoho(t, { ...defaults, ...replies }, organizationId)
  await zoho.organization()
  const { rows } = await sql<Record<string, unknown>>`select * from tds_zoho_organization`.execute(database.db)
  return rows
}

async function signatures(t: Test, { file, body }: Sample): Promise<readonly string[]> {
  for (const vector of objects(body.vectors)) {
    const query = Object.entries(isObject(vector.query) ? vector.query : {}).map(([k, v]) => [k, String(v)] as const)
    const request = { query, body: Buffer.from(String(vector.raw_body)), contentType: 'application/json' }
    const signed = Buffer.concat(signedParts(request).map((part) => Buffer.from(part)))
    t.equal(signed.toString(), vector.string_to_sign)
    const secret = typeof vector.secret === 'string' ? vector.secret : 'a secret of our own'
    const signature = digest(secret, [String(vector.string_to_sign)]).toString('hex')
    const sent = { ...request, signature, keyHeader: undefined }
    t.same(authenticate(sent, { secrets: [secret], key: undefined }), { method: 'signature-hex' })
  }
  return [row(file, 'no table', '–', 'nowhere: a signature admits a webhook and is not kept')]
}

/** It reads as any list does, and could be stored; but no entity wants it. */
function notMirrored(key: string, idKey: string, reason: string): Other {
  return async (t, { file, body }) => {
    const { db } = await testDatabase(t)
    const records = rowsUnder(body, [key], file)
    t.ok(records.length > 0, 'it holds records')
    for (const record of records) {
      t.match(record[idKey], /^\d+$/, `${idKey} is an id`)
      const { rows } = await sql<{ stored: StoredObject }>`select ${storableJson(record)}::jsonb as stored`.execute(db)
      t.strictSame(Object.keys(rows[0]?.stored ?? {}).toSorted(), Object.keys(record).toSorted(), 'nothing is lost')
    }
    return [row(file, `not mirrored: ${reason}`, '–', `nowhere: ${Object.keys(records[0] ?? {}).join(' ')}`)]
  }
}

function line(file: string, table: string, object: JsonObject, typed: readonly string[]): string {
  const named = new Set(typed.map((each) => each.split('→')[0]))
  const rest = Object.keys(object).filter((key) => !named.has(key))
  return row(file, table, typed.join(' '), `nowhere: ${rest.join(' ')}`)
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null

const objects = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : [])
