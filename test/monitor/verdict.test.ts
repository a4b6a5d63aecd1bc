import t from 'tap'
import { defaultThresholds } from '../../src/monitor/index.ts'
import type { FolderFact } from '../../src/monitor/read/folders.ts'
import type { Here, Snapshot } from '../../src/monitor/types.ts'
import { judge } from '../../src/monitor/verdict.ts'
import { calmZoho } from './fixture.ts'

const at = Date.parse('2026-06-01T12:00:00Z')
const ago = (seconds: number) => new Date(at - seconds * 1000)
const settled = (seconds: number | null) =>
  new Map([
    [
      'products',
      { last: null, settledAt: seconds === null ? null : ago(seconds), firstAt: ago(3600), verifiedThrough: null },
    ],
  ])

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
    oldest_process_seconds: 9000,
    leader_seconds: 3,
    last_attempt_seconds: 1,
    failed_live: 0,
    fired: { backfill: 30 },
    open_alerts: [],
    open_warnings: 0,
    open_criticals: 0,
    drifted: [],
    pauses: [],
    thresholds: null,
    own_thresholds: {},
  },
  zoho: calmZoho,
  pictures: { present: 100, bad: 0, missing: 0 },
  silence: { isSilent: false, isBusyHour: false, usual: 0, seconds: 0 },
  pulse: { name: 'backfill', everySeconds: 600 },
  databaseSkewMs: 0,
  thresholds: defaultThresholds,
  thresholdsAreValid: true,
}

const emptySpool = { bytes: 0, oldestSeconds: null, refusedBy: null, damaged: 0 }

const here: Here = {
  folders: [
    { name: 'image', state: 'usable', freePercent: 60 },
    { name: 'spool', state: 'usable', freePercent: 60 },
  ],
  spool: emptySpool,
  passSeconds: 0,
  thresholds: defaultThresholds,
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
  ['ten failed items', vitals({ failed_live: 10 }), 'healthy', []],
  ['eleven failed items', vitals({ failed_live: 11 }), 'degraded', ['failing']],
  ['51 failed items', vitals({ failed_live: 51 }), 'unhealthy', ['failing']],
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
    vitals({ drifted: [{ entity_type: 'products', differences: 2, finding_errors: 0 }] }),
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
  [
    'findings without differences',
    vitals({ drifted: [{ entity_type: 'products', differences: 0, finding_errors: 3 }] }),
    'degraded',
    ['findings'],
  ],
  ['an attempt that ended long ago while nothing is due', vitals({ last_attempt_seconds: 9000 }), 'healthy', []],
  [
    'due items while attempts end',
    { ...vitals({ last_attempt_seconds: 100 }), ...depth({ due: 9, oldest_due_seconds: 250 }) },
    'healthy',
    [],
  ],
  [
    'no attempt ended for two minutes while items are due',
    { ...vitals({ last_attempt_seconds: 9000 }), ...depth({ due: 9, oldest_due_seconds: 121 }) },
    'degraded',
    ['worker_hung'],
  ],
  ['a leader not seen for an hour', vitals({ leader_seconds: 3601 }), 'unhealthy', ['no_leader']],
  [
    'processes of a minute without a leader',
    vitals({ leader_seconds: null, oldest_process_seconds: 60 }),
    'healthy',
    [],
  ],
  [
    'a process of three minutes without one',
    vitals({ leader_seconds: null, oldest_process_seconds: 180 }),
    'degraded',
    ['no_leader'],
  ],
  ['a leader that fires nothing', vitals({ fired: { backfill: 2401 } }), 'degraded', ['timetable_late']],
  [
    'a busy hour without webhooks',
    { silence: { isSilent: true, isBusyHour: true, usual: 9, seconds: 5000 } },
    'degraded',
    ['webhooks_silent'],
  ],
  ['a clock six seconds behind', { databaseSkewMs: 6000 }, 'degraded', ['clock_skew']],
  ['a clock a minute and more ahead', { databaseSkewMs: -60_001 }, 'unhealthy', ['clock_skew']],
  ["Zoho's clock ten seconds off", zoho({ clockSkewMs: 10_000 }), 'degraded', ['clock_skew']],
  ['a tenth of unusable pictures', { pictures: { present: 90, bad: 10, missing: 0 } }, 'healthy', []],
  ['more than a tenth', { pictures: { present: 89, bad: 11, missing: 0 } }, 'degraded', ['images_failing']],
  [
    'an entity not proven for three days',
    {
      runs: new Map([
        ['products', { last: null, settledAt: ago(9), firstAt: ago(9e6), verifiedThrough: ago(259_200) }],
      ]),
    },
    'degraded',
    ['unverified'],
  ],
  [
    'an entity never proven in a week and more',
    { runs: new Map([['products', { last: null, settledAt: ago(9), firstAt: ago(700_000), verifiedThrough: null }]]) },
    'unhealthy',
    ['unverified'],
  ],
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
    const verdict = judge({ ...calm, ...part }, here)
    t.equal(verdict.status, status)
    t.same(
      verdict.reasons.map(({ code }) => code),
      codes,
    )
    for (const { words, runbook } of verdict.reasons) {
      t.ok(words.length > 10)
      t.match(runbook, /^docs\/runbook\.md#[a-z-]+$/)
    }
    t.equal(judge(calm, here).status, 'healthy')
  })
}

t.test('a database that does not answer is unhealthy, whatever was before', async (t) => {
  const { status, reasons } = judge(undefined, here)
  t.equal(status, 'unhealthy')
  t.match(reasons, [{ code: 'database_away', check: 'database' }])
})

t.test('I1: a refused client secret is told with its code and since when', async (t) => {
  const refused = { ...token, pausedAt: ago(60), errorCode: 'invalid_client' }
  const { reasons } = judge({ ...calm, ...zoho({ token: refused }) }, here)
  t.match(reasons[0]?.words, /invalid_client.*since 2026-06-01T11:59:00/)
})

t.test('I18: the first dead letter shows, and twenty-one are critical', async (t) => {
  t.equal(judge({ ...calm, ...depth({ dead_letter: 1 }) }, here).status, 'degraded')
  t.equal(judge({ ...calm, ...depth({ dead_letter: 58 }) }, here).status, 'unhealthy')
})

t.test('I22: a sync that stopped silently is unhealthy though every process still beats', async (t) => {
  const stopped = { ...depth({ pending: 40, due: 40, oldest_due_seconds: 90_000 }), runs: settled(90_000) }
  const { status, reasons } = judge({ ...calm, ...stopped }, here)
  t.equal(status, 'unhealthy')
  t.same(reasons.map(({ code }) => code).toSorted(), ['backlog', 'sync_overdue'])
})

const folder = (state: FolderFact['state'], freePercent: number | null = 60, name: FolderFact['name'] = 'image') => ({
  folders: [{ name, state, freePercent }],
})
const places: readonly [string, Partial<Here>, 'healthy' | 'degraded' | 'unhealthy', readonly string[]][] = [
  ['less than 5 % of the disk', folder('usable', 4.9), 'degraded', ['disk_full']],
  ['less than 1 % of the disk', folder('usable', 0.9), 'unhealthy', ['disk_full']],
  ['a disk that cannot be asked', folder('usable', null), 'healthy', []],
  ['a spool folder that was not needed yet', folder('absent', null, 'spool'), 'healthy', []],
  [
    'an image folder that is not there though rows name files',
    folder('absent', null),
    'unhealthy',
    ['folder_unusable'],
  ],
  ['a spool folder nobody can write to', folder('not_writable', 60, 'spool'), 'degraded', ['folder_unusable']],
  ['a file system that hangs', folder('silent', null), 'unhealthy', ['folder_unusable']],
  [
    'webhooks in the spool for a minute and more',
    { spool: { ...emptySpool, bytes: 9, oldestSeconds: 61 } },
    'degraded',
    ['spool_waiting'],
  ],
  [
    'a database that answers and refuses',
    { spool: { ...emptySpool, refusedBy: '25006' } },
    'degraded',
    ['database_refuses'],
  ],
  ['a damaged file of the spool', { spool: { ...emptySpool, damaged: 1 } }, 'degraded', ['spool_damaged']],
  ['a pass that does not end', { passSeconds: 121 }, 'degraded', ['worker_hung']],
]

for (const [name, part, status, codes] of places) {
  t.test(`${name}: ${status}`, async (t) => {
    const verdict = judge(calm, { ...here, ...part })
    t.equal(verdict.status, status)
    t.same(
      verdict.reasons.map(({ code }) => code),
      codes,
    )
  })
}

t.test('while the database is away the spool may wait, but must be writable', async (t) => {
  const codes = (part: Partial<Here>) => judge(undefined, { ...here, ...part }).reasons.map(({ code }) => code)
  t.same(codes({ spool: { ...emptySpool, bytes: 9, oldestSeconds: 9000, refusedBy: 'ECONNREFUSED' } }), [
    'database_away',
  ])
  t.match(judge(undefined, { ...here, ...folder('not_writable', 60, 'spool') }).reasons, [
    { code: 'database_away' },
    { code: 'folder_unusable', severity: 'unhealthy' },
  ])
})
