import t from 'tap'
import { answerError } from '../../src/zoho/errors.ts'
import { itemsCall, world } from './setup.ts'

/** What Zoho answers and what it means to us, row by row. */
const table = [
  { status: 400, code: 2, error: 'ZOHO_BAD_REQUEST', kind: 'permanent' },
  { status: 400, code: 9, error: 'ZOHO_BAD_REQUEST', kind: 'permanent' },
  { status: 401, code: 14, error: 'ZOHO_UNAUTHORIZED', kind: 'permanent' },
  { status: 401, code: 1, error: 'ZOHO_UNAUTHORIZED', kind: 'permanent' },
  { status: 401, code: 57, error: 'ZOHO_SCOPE', kind: 'permanent' },
  { status: 200, code: 57, error: 'ZOHO_SCOPE', kind: 'permanent' },
  { status: 400, code: 6018, error: 'ZOHO_USER_DISABLED', kind: 'permanent' },
  { status: 401, code: 6018, error: 'ZOHO_USER_DISABLED', kind: 'permanent' },
  { status: 404, code: 5, error: 'ZOHO_NOT_FOUND', kind: 'permanent' },
  { status: 404, code: 1002, error: 'ZOHO_NOT_FOUND', kind: 'permanent' },
  { status: 404, code: 2006, error: 'ZOHO_NOT_FOUND', kind: 'permanent' },
  { status: 400, code: 1002, error: 'ZOHO_NOT_FOUND', kind: 'permanent' },
  { status: 401, code: 1002, error: 'ZOHO_UNAUTHORIZED', kind: 'permanent' },
  { status: 500, code: 5, error: 'ZOHO_SERVER', kind: 'transient' },
  { status: 405, code: 5, error: 'ZOHO_BAD_REQUEST', kind: 'permanent' },
  { status: 405, code: null, error: 'ZOHO_BAD_REQUEST', kind: 'permanent' },
  { status: 429, code: 44, error: 'ZOHO_MINUTE_LIMIT', kind: 'wait' },
  { status: 429, code: 43, error: 'ZOHO_BLOCKED', kind: 'wait' },
  { status: 429, code: 45, error: 'ZOHO_DAY_LIMIT', kind: 'wait' },
  { status: 429, code: 1070, error: 'ZOHO_CONCURRENCY', kind: 'wait' },
  { status: 200, code: 44, error: 'ZOHO_MINUTE_LIMIT', kind: 'wait' },
  { status: 429, code: null, error: 'ZOHO_MINUTE_LIMIT', kind: 'wait' },
  { status: 500, code: 1000, error: 'ZOHO_SERVER', kind: 'transient' },
  { status: 200, code: 1000, error: 'ZOHO_SERVER', kind: 'transient' },
  { status: 502, code: null, error: 'ZOHO_SERVER', kind: 'transient' },
  { status: 503, code: null, error: 'ZOHO_SERVER', kind: 'transient' },
  { status: 302, code: null, error: 'ZOHO_SERVER', kind: 'transient' },
  { status: 200, code: null, error: 'ZOHO_NOT_JSON', kind: 'transient' },
  { status: 404, code: null, error: 'ZOHO_NOT_JSON', kind: 'transient' },
  { status: 200, code: 4711, error: 'ZOHO_CODE', kind: 'transient' },
] as const

for (const { status, code, error, kind } of table) {
  t.test(`HTTP ${status} with ${code === null ? 'no envelope' : `code ${code}`} is ${error}`, async (t) => {
    const answer = { status, code, message: 'any words, in any language', retryAfter: null }
    const found = answerError(answer, { product: 'books', path: '/invoices' }, 0)
    t.match(found, { code: error, kind, detail: { httpStatus: status, zohoCode: code, path: '/invoices' } })
  })
}

t.test('code 0 is a success', async (t) => {
  t.equal(
    answerError({ status: 200, code: 0, message: 'success', retryAfter: null }, { product: 'books', path: '/' }, 0),
    undefined,
  )
})

t.test('a Retry-After is honoured', async (t) => {
  const answer = { status: 503, code: null, message: null, retryAfter: 7 }
  t.match(answerError(answer, { product: 'books', path: '/' }, 1000), { retryAt: new Date(8000) })
})

const faults = [
  { fault: { kind: 'html' }, error: 'ZOHO_NOT_JSON' },
  { fault: { kind: 'truncated' }, error: 'ZOHO_TRUNCATED' },
  { fault: { kind: 'cut' }, error: 'ZOHO_TRUNCATED' },
  { fault: { kind: 'reset' }, error: 'ZOHO_NETWORK' },
  { fault: { kind: 'unavailable' }, error: 'ZOHO_SERVER' },
  { fault: { kind: 'internal-error' }, error: 'ZOHO_SERVER' },
  { fault: { kind: 'json-code', status: 200, code: 4711 }, error: 'ZOHO_CODE' },
  { fault: { kind: 'reply', body: '[1,2]' }, error: 'ZOHO_NOT_JSON' },
  { fault: { kind: 'reply', body: '{"items":[]}' }, error: 'ZOHO_NOT_JSON' },
  { fault: { kind: 'reply', body: '' }, error: 'ZOHO_NOT_JSON' },
] as const

for (const { fault, error } of faults) {
  t.test(`${JSON.stringify(fault)} ends as ${error}, recorded and told`, async (t) => {
    const { client, simulator, database } = await world(t)
    const zoho = client()
    simulator.control.faults.set({ ...fault, path: '/inventory' })
    const told: unknown[] = []
    zoho.onCall((outcome) => told.push(outcome))
    const permit = await zoho.acquireWhenFree({ ...itemsCall, signal: AbortSignal.timeout(5000) })
    await t.rejects(zoho.get({ ...itemsCall, permit }), { code: error })
    t.match(told, [{ product: 'inventory', purpose: 'test', errorCode: error, durationMs: Number }])
    const { rows } = await database.pool.query('select error_code, finished_at from tds_zoho_calls')
    t.match(rows, [{ error_code: error, finished_at: Date }])
  })
}
