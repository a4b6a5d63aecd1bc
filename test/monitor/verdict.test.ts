import t from 'tap'
import { defaultThresholds } from '../../src/monitor/index.ts'
import type { Snapshot } from '../../src/monitor/types.ts'
import { judge } from '../../src/monitor/verdict.ts'
import { calmZoho } from './fixture.ts'

const at = Date.parse('2026-06-01T12:00:00Z')
const ago = (seconds: number) => new Date(at - seconds * 1000)
const settled = (seconds: number | null) =>
  new Map([['products', { last: null, settledAt: seconds === null ? null : ago(seconds), verifiedThrough: null }]])

const calm: Snapshot = {
  at,
  databaseMs: 2,
  depth: {
    pending: 0,
    processing: 0,
    failed: 0,
    dead_letter: 0,
    due: 0,
    oldest_due_seconds: null,
    oldest_processing_seconds: null,
    by_wait_reason: {},
  },
  day: new Map(),
  runs: settled(300),
  plannedEvery: new Map([['products', 600]]),
  vitals: {
    now: at,
    oldest_waiting_webhook_seconds: null,
    last_webhook_at: null,
    living_processes: 1,
    last_heartbeat_seconds: 3,
    open_warnings: 0,
    open_criticals: 0,
    drifted: [],
    thresholds: null,
    own_thresholds: {},
  },
  zoho: calmZoho,
  diskFreePercent: 60,
  thresholds: defaultThresholds,
  thresholdsAreValid: true,
}

const depth = (part: Partial<Snapshot['depth']>): Partial<Snapshot> => ({ depth: { ...calm.depth, ...part } })
const vitals = (part: Partial<Snapshot['vitals']>): Partial<Snapshot> => ({ vitals: { ...calm.vitals, ...part } })
const { token, budget, products } = calmZoho
const zoho = (part: Partial<Snapshot['zoho']>): Partial<Snapshot> => ({ zoho: { ...calmZoho, ...part } })

const cases: readonly [string, Partial<Snapshot>, 'healthy' | 'degraded' | 'unhealthy', readonly string[]][] = [
  ['nothing to complain of', {}, 'healthy', []],
  ['many items that became due just now', depth({ due: 500, oldest_due_seconds: 300 }), 'healthy', []],
  ['one item due for more than five minutes', depth({ due: 1, oldest_due_seconds: 301 }), 'degraded', ['backlog']],
  [
    '200 items due, the oldest over five minutes',
    depth({ due: 200, oldest_due_seconds: 301 }),
    'degraded',
    ['backlog'],
  ],
  [
    '201 items due, the oldest over five minutes',
    depth({ due: 201, oldest_due_seconds: 301 }),
    'unhealthy',
    ['backlog'],
  ],
  ['one item due for over an hour', depth({ due: 1, oldest_due_seconds: 3601 }), 'unhealthy', ['backlog']],
  ['ten failed items', depth({ failed: 10 }), 'healthy', []],
  ['eleven failed items', depth({ failed: 11 }), 'degraded', ['failing']],
  ['51 failed items', depth({ failed: 51 }), 'unhealthy', ['failing']],
  ['the first dead letter', depth({ dead_letter: 1 }), 'degraded', ['dead_letters']],
  ['21 dead letters', depth({ dead_letter: 21 }), 'unhealthy', ['dead_letters']],
  ['an attempt that takes 16 minutes', depth({ oldest_processing_seconds: 960 }), 'degraded', ['stuck']],
  ['no process and nothing to do', vitals({ living_processes: 0 }), 'degraded', ['no_worker']],
  [
    'no process while work waits',
    { ...vitals({ living_processes: 0, last_heartbeat_seconds: 90 }), ...depth({ pending: 1 }) },
    'unhealthy',
    ['no_worker'],
  ],
  [
    'a webhook not looked at for a minute',
    vitals({ oldest_waiting_webhook_seconds: 61 }),
    'degraded',
    ['webhooks_waiting'],
  ],
  [
    'a webhook not looked at for long',
    vitals({ oldest_waiting_webhook_seconds: 601 }),
    'unhealthy',
    ['webhooks_waiting'],
  ],
  ['products that were never synced', { runs: settled(null) }, 'degraded', ['never_synced']],
  ['products half an hour past due', { runs: settled(2401) }, 'degraded', ['sync_overdue']],
  ['products two hours past due', { runs: settled(7801) }, 'unhealthy', ['sync_overdue']],
  ['an entity without a due time, long ago', { runs: settled(99_999), plannedEvery: new Map() }, 'healthy', []],
  [
    'a verify that found drift',
    vitals({ drifted: [{ entity_type: 'products', differences: 2 }] }),
    'degraded',
    ['drift'],
  ],
  ['credentials that Zoho refuses', zoho({ token: { ...token, pausedAt: ago(60) } }), 'unhealthy', ['token_paused']],
  ['no credentials', zoho({ configured: false }), 'degraded', ['zoho_not_configured']],
  ['a block by Zoho', zoho({ budget: { ...budget, blockedUntil: ago(-60) } }), 'degraded', ['zoho_blocked']],
  ['a block that is over', zoho({ budget: { ...budget, blockedUntil: ago(60) } }), 'healthy', []],
  [
    "more than 90 % of the day's calls",
    zoho({ products: { ...products, books: { ...products.books, dayUsed: 2276 } } }),
    'degraded',
    ['day_quota'],
  ],
  [
    'an open breaker',
    zoho({ products: { ...products, books: { ...products.books, breaker: 'open' } } }),
    'degraded',
    ['breaker_open'],
  ],
  ['less than 5 % of the disk', { diskFreePercent: 4.9 }, 'degraded', ['disk_full']],
  ['less than 1 % of the disk', { diskFreePercent: 0.9 }, 'unhealthy', ['disk_full']],
  ['a disk that cannot be asked', { diskFreePercent: null }, 'healthy', []],
  ['thresholds nobody can read', { thresholdsAreValid: false }, 'degraded', ['thresholds_unreadable']],
  [
    'several at once, the worst first',
    { ...depth({ dead_letter: 1 }), ...zoho({ token: { ...token, pausedAt: ago(60) } }) },
    'unhealthy',
    ['token_paused', 'dead_letters'],
  ],
]

for (const [name, part, status, codes] of cases) {
  t.test(`${name}: ${status}, and healthy again when it is over`, async (t) => {
    const verdict = judge({ ...calm, ...part })
    t.equal(verdict.status, status)
    t.same(
      verdict.reasons.map(({ code }) => code),
      codes,
    )
    for (const { words, runbook } of verdict.reasons) {
      t.ok(words.length > 10)
      t.match(runbook, /^docs\/runbook\.md#[a-z-]+$/)
    }
    t.equal(judge(calm).status, 'healthy')
  })
}

t.test('a database that does not answer is unhealthy, whatever was before', async (t) => {
  const { status, reasons } = judge(undefined)
  t.equal(status, 'unhealthy')
  t.match(reasons, [{ code: 'database_away', check: 'database' }])
})

t.test('I1: a refused client secret is told with its code and since when', async (t) => {
  const refused = { ...token, pausedAt: ago(60), errorCode: 'invalid_client' }
  const { reasons } = judge({ ...calm, ...zoho({ token: refused }) })
  t.match(reasons[0]?.words, /invalid_client.*since 2026-06-01T11:59:00/)
})

t.test('I18: the first dead letter shows, and twenty-one are critical', async (t) => {
  t.equal(judge({ ...calm, ...depth({ dead_letter: 1 }) }).status, 'degraded')
  t.equal(judge({ ...calm, ...depth({ dead_letter: 58 }) }).status, 'unhealthy')
})

t.test('I22: a sync that stopped silently is unhealthy though every process still beats', async (t) => {
  const stopped = { ...depth({ pending: 40, due: 40, oldest_due_seconds: 90_000 }), runs: settled(90_000) }
  const { status, reasons } = judge({ ...calm, ...stopped })
  t.equal(status, 'unhealthy')
  t.same(reasons.map(({ code }) => code).toSorted(), ['backlog', 'sync_overdue'])
})
