import t from 'tap'
import { sql } from '../../db/index.ts'
import { systemClock } from '../../src/runtime/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { until } from '../helpers/service.ts'
import { insertAll } from '../sync/verify/documents.ts'
import { bearer, findingsOf, keyWith, testApp } from './shell-fixture.ts'

const headers = bearer()
const url = '/api/tds/findings'

async function withStock(t: Parameters<typeof testApp>[0]) {
  const shell = await testApp(t)
  await insertAll(shell.db, 'products', [
    { zoho_item_id: '1', name: 'Cable', stock_on_hand: '-3' },
    { zoho_item_id: '2', name: 'Plug', stock_on_hand: '3' },
    { zoho_item_id: '3', name: ' ' },
  ])
  const get = async (path = '', query: Record<string, string> = {}) =>
    (await shell.app.inject({ url: `${url}${path}`, query, headers })).json()
  const post = (path: string, body?: object) =>
    shell.app.inject({ method: 'POST', url: `${url}${path}`, headers, ...(body && { body }) })
  return { ...shell, get, post }
}

t.test('a validation finds, the list filters and counts by rule', async (t) => {
  const { get, post } = await withStock(t)
  t.match(await get('/rules'), { validated_at: null, items: [{ code: 'negative_price', open: 0, entities: [] }] })
  await post('/validate', { rules: ['duplicate_sku'] })
  t.match(await get('/rules'), { validated_at: null }, 'one rule is not all of them')
  const validated = await post('/validate')
  t.equal(validated.statusCode, 200)
  t.match(validated.json(), { found: 2, opened: 2, resolved: 0 })
  t.match(await get(), { total: 2, next: null })
  t.match(await get('', { rule: 'negative_stock' }), {
    items: [
      {
        rule: 'negative_stock',
        severity: 'warning',
        state: 'open',
        entity_type: 'products',
        source_entity_id: '1',
        part: 'stock_on_hand',
        found: '-3',
        runbook: 'docs/runbook.md#findings',
      },
    ],
    total: 1,
  })
  t.match(await get('', { severity: 'error' }), { total: 0 })
  t.match(await get('', { entity: 'products', source_entity_id: '3' }), { total: 1 })
  const page = await get('', { limit: '1' })
  t.match(await get('', { limit: '1', after: String(page.next) }), { items: { length: 1 }, total: 2, next: null })
  const { items, total, validated_at } = await get('/rules')
  t.type(validated_at, 'string')
  t.equal(items.length, total)
  t.match(
    items.filter(({ open }: { open: number }) => open > 0).map(({ code }: { code: string }) => code),
    ['negative_stock', 'blank_name'],
  )
})

t.test('one is accepted with a reason until a day, and counts again on demand', async (t) => {
  const { db, get, post } = await withStock(t)
  await post('/validate', { rules: ['negative_stock'] })
  const [{ id }] = (await get()).items
  const until = '2099-01-31T03:00:00+03:00'
  t.equal((await post(`/${id}/accept`, { until })).statusCode, 400, 'why?')
  const past = await post(`/${id}/accept`, { until: '2020-01-01T00:00:00Z', reason: 'x' })
  t.same([past.statusCode, past.json().code], [400, 'FINDING_UNTIL_PAST'])
  const none = await post('/999/accept', { until, reason: 'x' })
  t.same([none.statusCode, none.json().code], [404, 'FINDING_NOT_FOUND'])
  const accepted = (await post(`/${id}/accept`, { until, reason: 'counted on Thursday' })).json()
  t.match(accepted, { state: 'accepted', accepted_until: '2099-01-31T00:00:00.000Z', accepted_by: 'key bootstrap' })
  t.match(await get(), { total: 0 })
  t.match(await get('', { state: 'accepted' }), { total: 1 })
  t.match(await get(`/${id}`), { state: 'accepted' })
  t.match((await post(`/${id}/unaccept`, { reason: 'counted again' })).json(), { state: 'open', accepted_by: null })
  t.match(await get(), { total: 1 })
  const { rows } =
    await sql`select action, actor, reason, request_id is not null as of_request from tds_audit_trail where action <> 'findings.validate' order by id`.execute(
      db,
    )
  t.same(rows, [
    { action: 'finding.accept', actor: 'key bootstrap', reason: 'counted on Thursday', of_request: true },
    { action: 'finding.unaccept', actor: 'key bootstrap', reason: 'counted again', of_request: true },
  ])
})

t.test('limits are listed and changed with a reason; a wrong one is refused in words', async (t) => {
  const { app, get } = await withStock(t)
  const put = (name: string, body: object) =>
    app.inject({ method: 'PUT', url: `${url}/settings/${name}`, headers, body })
  t.match(await get('/settings'), {
    items: [
      { name: 'iqd_price', value: { min: 250, max: 100_000_000 }, updated_by: null },
      { name: 'iqd_per_usd', value: { rate: 1300, factor: 5 } },
      { name: 'orphan_minutes', value: 60 },
      { name: 'off', value: [] },
    ],
  })
  const changed = await put('iqd_per_usd', { value: { rate: 1480 }, reason: 'the market' })
  t.match(changed.json(), { value: { rate: 1480, factor: 5 }, default: { rate: 1300 }, updated_by: 'key bootstrap' })
  const wrong = await put('iqd_price', { value: { min: 'few' }, reason: 'x' })
  t.same([wrong.statusCode, wrong.json().code], [400, 'FINDING_SETTING_INVALID'])
  t.match(wrong.json().detail, /iqd_price cannot be this: min/)
  t.equal((await put('colour', { value: 1, reason: 'x' })).statusCode, 404)
})

t.test('looking, validating and accepting are three scopes', async (t) => {
  const { app } = await withStock(t)
  const status = async (scope: Parameters<typeof keyWith>[0], method: 'GET' | 'POST', path: string, body?: object) =>
    (await app.inject({ method, url: `${url}${path}`, headers: bearer(keyWith(scope)), ...(body && { body }) }))
      .statusCode
  t.equal(await status('health:read', 'GET', ''), 200)
  t.equal(await status('stats:read', 'GET', ''), 403)
  t.equal(await status('health:read', 'POST', '/validate'), 403)
  t.equal(await status('run:start', 'POST', '/validate'), 200)
  const body = { until: '2099-01-01T00:00:00Z', reason: 'x' }
  t.equal(await status('run:start', 'POST', '/1/accept', body), 403)
  t.equal(await status('config:write', 'POST', '/1/accept', body), 200)
})

/** The pictures take until `release`; nobody's patience takes any time. */
async function withSlowPictures(t: Parameters<typeof testApp>[0]) {
  const database = await testDatabase(t)
  const pictures = Promise.withResolvers<readonly string[]>()
  const findings = findingsOf(database, {
    damagedImages: (signal) => {
      signal.addEventListener('abort', () => pictures.reject(signal.reason))
      return pictures.promise
    },
    clock: { ...systemClock, sleep: async () => {} },
  })
  const { app } = await testApp(t, { findings })
  const ask = async (method: 'GET' | 'POST', path: string, body?: object) => {
    const reply = await app.inject({ method, url: path, headers, ...(body && { body }) })
    return { status: reply.statusCode, location: String(reply.headers.location), body: reply.json() }
  }
  const ended = (id: number) =>
    until(database.db, 'it ended', sql`select finished_at is not null from tds_validations where id = ${id}`)
  return { db: database.db, findings, ask, ended, release: () => pictures.resolve([]) }
}

t.test('a long validation goes on without who asked; the next to ask gets the same one', async (t) => {
  const { db, ask, ended, release } = await withSlowPictures(t)
  const first = await ask('POST', `${url}/validate`, { rules: ['image_file'] })
  t.match(first, { status: 202, body: { state: 'running', finished_at: null, rules: null, actor: 'key bootstrap' } })
  t.equal(first.location, `${url}/validations/${first.body.id}`)
  t.match(await ask('POST', `${url}/validate`), { status: 202, body: { id: first.body.id } })
  t.match(await ask('POST', `${url}/validate`, { rules: ['colour'] }), { body: { code: 'FINDING_RULE_UNKNOWN' } })
  release()
  await ended(first.body.id)
  t.match(await ask('GET', first.location), {
    status: 200,
    body: { state: 'done', error: null, found: 0, rules: [{ rule: 'image_file', error: null }] },
  })
  t.match(await ask('GET', `${url}/validations/999`), { status: 404, body: { code: 'VALIDATION_NOT_FOUND' } })
  const { rows } = await sql`select action, subject from tds_audit_trail`.execute(db)
  t.same(rows, [{ action: 'findings.validate', subject: `validation ${first.body.id}` }], 'one line')
})

t.test('a stop ends the validation under way, and it says so', async (t) => {
  const { db, findings, ask } = await withSlowPictures(t)
  const { location } = await ask('POST', `${url}/validate`)
  await findings.close()
  t.match(await ask('GET', location), { body: { state: 'failed', error: 'STOPPED', found: null } })
  await sql`update tds_validations set finished_at = null, result = null`.execute(db)
  t.match(await ask('GET', location), { body: { state: 'running' } })
  await sql`update tds_validations set started_at = now() - interval '2 hours'`.execute(db)
  t.match(await ask('GET', location), { body: { state: 'failed', error: 'STOPPED' } }, 'its process did not say so')
})
