import t from 'tap'
import { TdsError } from '../../src/errors.ts'
import { decideRetry, fingerprint, maxAttempts } from '../../src/queue/index.ts'

const middle = () => 0.5
const now = Date.parse('2026-01-01T00:00:00Z')

t.test('transient errors are repeated after 1 2 4 8 16 s, five times, then buried', async (t) => {
  const error = new TdsError('ZOHO_SERVER', 'transient', 'no')
  const delays = [1, 2, 3, 4, 5].map((attempts) => decideRetry(error, attempts, now, middle))
  t.same(
    delays,
    [1000, 2000, 4000, 8000, 16_000].map((delayMs) => ({ kind: 'retry', delayMs })),
  )
  t.same(decideRetry(error, maxAttempts, now, middle), { kind: 'bury' })
})

t.test('a time the other side named is honoured', async (t) => {
  const error = new TdsError('ZOHO_SERVER', 'transient', 'no', { retryAt: new Date(now + 30_000) })
  t.same(decideRetry(error, 1, now, middle), { kind: 'retry', delayMs: 30_000 })
})

t.test('waits are no failures, bad data is buried at once, the unknown is repeated', async (t) => {
  const retryAt = new Date(now + 5000)
  t.same(decideRetry(new TdsError('ZOHO_DAY_LIMIT', 'wait', 'no', { retryAt }), 6, now, middle), {
    kind: 'snooze',
    retryAt,
    reason: 'ZOHO_DAY_LIMIT',
  })
  t.same(decideRetry(new TdsError('ZOHO_SCOPE', 'permanent', 'no'), 1, now, middle), { kind: 'bury' })
  t.same(decideRetry(Object.assign(new Error('null'), { code: '23502' }), 1, now, middle), { kind: 'bury' })
  t.equal(decideRetry(new Error('what'), 1, now, middle).kind, 'retry')
})

t.test('failures that differ only in numbers and names have one fingerprint', async (t) => {
  const a = fingerprint(new TdsError('X', 'permanent', 'item 12 has "a"'))
  t.equal(a, fingerprint(new TdsError('X', 'permanent', 'item 9 has "bcd"')))
})
