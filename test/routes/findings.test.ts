import t from 'tap'
import { sql } from '../../db/index.ts'
import { insertAll } from '../sync/verify/documents.ts'
import { bearer, keyWith, testApp } from './shell-fixture.ts'

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
    await sql`select action, actor, reason, request_id is not null as of_request from tds_audit_trail order by id`.execute(
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
