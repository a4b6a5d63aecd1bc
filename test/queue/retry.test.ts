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

t.test(
  'what the database cannot do at the moment costs no attempt, however often; what it always refuses does',
  async (t) => {
    const coded = (code: string) => Object.assign(new Error(code), { code })
    for (const code of ['25006', '40001', '40P01', '53100', '53300', '55P03', '57P01', '58030', 'ECONNREFUSED'])
      t.same(decideRetry(coded(code), maxAttempts, now, middle), {
        kind: 'snooze',
        retryAt: new Date(now + 5_000),
        reason: 'database',
      })
    t.equal(
      decideRetry(coded('57014'), 1, now, middle).kind,
      'retry',
      'a statement that takes too long may always do so',
    )
    const fromZoho = new TdsError('ZOHO_NETWORK', 'transient', 'no', { cause: coded('ECONNRESET') })
    t.equal(decideRetry(fromZoho, 1, now, middle).kind, 'retry', 'a connection that is none of the database')
  },
)

t.test('failures that differ only in numbers and names have one fingerprint', async (t) => {
  const a = fingerprint(new TdsError('X', 'permanent', 'item 12 has "a"'))
  t.equal(a, fingerprint(new TdsError('X', 'permanent', 'item 9 has "bcd"')))
})
