import { readFile } from 'node:fs/promises'
import t from 'tap'
import { toldByNobody, toldByOthers } from '../../src/alerts/health-rule.ts'
import { isOurs, readAll } from '../../src/alerts/rules.ts'
import type { Sight, WebhookFacts } from '../../src/alerts/sight.ts'
import { type ReasonCode, reasonCatalogue } from '../../src/monitor/index.ts'
import { ago, facts, sight } from './sights.ts'

/** Alerts that other rooms open and resolve. */
const ofOtherRooms = ['mass-change', 'images-scope']
const silent = { isSilent: true, isBusyHour: false, usual: 1, seconds: 9000 }

interface Case {
  readonly what: string
  readonly sight?: Sight
  readonly webhooks?: WebhookFacts
  /** Fingerprints and their grades; everything else is calm. */
  readonly found: Readonly<Record<string, 'warning' | 'critical'>>
}

const runs = (entries: Readonly<Record<string, number>>) =>
  new Map(Object.entries(entries).map(([name, seconds]) => [name, { settledAt: ago(seconds) }]))
const { zoho } = sight()
const used = (dayUsed: number) =>
  sight({ zoho: { ...zoho, products: { inventory: { dayLimit: 1000, dayUsed, dayRemaining: null } } } })
const paused = { pausedAt: ago(60), errorCode: 'invalid_code' }

const cases: readonly Case[] = [
  { what: 'a calm system has nothing', found: {} },
  { what: '50 due items are not over 50', sight: sight({ depth: { due: 50 } }), found: {} },
  { what: '51 due items', sight: sight({ depth: { due: 51 } }), found: { 'queue-pending': 'warning' } },
  { what: '201 due items', sight: sight({ depth: { due: 201 } }), found: { 'queue-pending': 'critical' } },
  { what: '11 failed items', sight: sight({ vitals: { failed_live: 11 } }), found: { 'queue-failed': 'warning' } },
  { what: '51 failed items', sight: sight({ vitals: { failed_live: 51 } }), found: { 'queue-failed': 'critical' } },
  { what: 'the first dead letter', sight: sight({ depth: { dead_letter: 1 } }), found: { 'dead-letters': 'warning' } },
  { what: '20 dead letters', sight: sight({ depth: { dead_letter: 20 } }), found: { 'dead-letters': 'warning' } },
  { what: '21 dead letters', sight: sight({ depth: { dead_letter: 21 } }), found: { 'dead-letters': 'critical' } },
  { what: '90 % of the day', sight: used(900), found: {} },
  {
    what: 'a day that others used up',
    sight: sight({
      zoho: { ...zoho, products: { books: { dayLimit: 1000, dayUsed: 10, dayRemaining: 99 } } },
    }),
    found: { 'day-quota:books': 'warning' },
  },
  { what: '91 % of the day', sight: used(910), found: { 'day-quota:inventory': 'warning' } },
  { what: 'a dead token', sight: sight({ zoho: { ...zoho, token: paused } }), found: { 'token-dead': 'critical' } },
  { what: 'half an hour past due', sight: sight({ runs: runs({ products: 2400 }) }), found: {} },
  {
    what: 'more than half an hour past due',
    sight: sight({ runs: runs({ products: 2401 }) }),
    found: { 'sync-delay:products': 'warning' },
  },
  {
    what: 'one entity more than two hours past due while another is fresh',
    sight: sight({
      runs: runs({ products: 300, customers: 10_801 }),
      plannedEvery: new Map([
        ['products', 600],
        ['customers', 3600],
      ]),
    }),
    found: { 'sync-delay:customers': 'critical' },
  },
  {
    what: 'no entity for more than two hours',
    sight: sight({ runs: runs({ products: 7201 }) }),
    found: { 'sync-delay:products': 'warning', 'sync-stopped': 'critical' },
  },
  {
    what: 'a daily sync alone is not stopped after three hours',
    sight: sight({ runs: runs({ products: 10_800 }), plannedEvery: new Map([['products', 86_400]]) }),
    found: {},
  },
  {
    what: 'an entity that never synced has no age',
    sight: sight({ runs: new Map() }),
    found: { 'never-synced:products': 'warning' },
  },
  {
    what: 'a whole busy hour without a webhook',
    sight: sight({ silence: { ...silent, isBusyHour: true } }),
    found: { 'webhooks-silent': 'warning' },
  },
  { what: 'silence in an hour that is quiet every week', sight: sight({ silence: silent }), found: {} },
  {
    what: 'one webhook of a kind that nothing mirrors',
    webhooks: facts({ unsupported: new Map([['shipments', 1]]) }),
    found: { 'webhooks-unsupported': 'warning' },
  },
  { what: 'two missed edits', webhooks: facts({ missed: new Map([['products', 2]]) }), found: {} },
  {
    what: 'three missed edits of two entities',
    webhooks: facts({
      missed: new Map([
        ['products', 2],
        ['invoices', 1],
      ]),
    }),
    found: { 'missed-webhooks': 'critical' },
  },
]

for (const { what, found, ...given } of cases) {
  t.test(`${what}: ${Object.entries(found).join(' and ').replaceAll(',', ' ') || 'calm'}`, async (t) => {
    const readings = readAll(given.sight ?? sight(), given.webhooks ?? facts())
    const graded = readings.flatMap(({ fingerprint, grade }) => (grade ? [[fingerprint, grade]] : []))
    t.same(Object.fromEntries(graded), found)
    for (const { fingerprint } of readings) t.ok(isOurs(fingerprint), `${fingerprint} is resolved by us`)
  })
}

t.test('every alert names an entry of the runbook, which names the alert', async (t) => {
  const runbook = await readFile('docs/runbook.md', 'utf8')
  const entries = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase().replaceAll(' ', '-'),
  )
  for (const { fingerprint, anchor } of readAll(sight(), facts())) {
    t.ok(entries.includes(anchor), anchor)
    t.match(runbook, `\`${fingerprint.split(':')[0]}`)
  }
})

t.test('a stopped sync and a dead token say why the others are late', async (t) => {
  const inhibited = (given: Sight) =>
    readAll(given, facts()).flatMap((each) => (each.grade && each.inhibited ? [each.fingerprint] : []))
  t.same(inhibited(sight({ runs: runs({ products: 9000 }) })), ['sync-delay:products'])
  t.same(inhibited(sight({ runs: runs({ products: 9000 }), zoho: { ...zoho, token: paused } })), [
    'sync-stopped',
    'sync-delay:products',
  ])
})

t.test('an open alert is judged by four fifths of its limit', async (t) => {
  const stays = (due: number) =>
    readAll(sight({ depth: { due } }), facts()).find(({ fingerprint }) => fingerprint === 'queue-pending')?.stays
  t.same([stays(40), stays(41), stays(160), stays(161)], [null, 'warning', 'warning', 'critical'])
})

t.test('a silence ends with a webhook and not with the busy hours', async (t) => {
  const night = readAll(sight({ silence: silent }), facts()).find((each) => each.fingerprint === 'webhooks-silent')
  t.match(night, { grade: null, stays: 'warning' })
})

t.test('an entity that was never synced has half an hour before its alert opens', async (t) => {
  const given = sight({ runs: new Map() })
  const reading = readAll(given, facts()).find((each) => each.fingerprint === 'never-synced:products')
  t.match(reading, { openAfterSeconds: 1800, lastedSeconds: 0, anchor: 'never-synced' })
})

const health = (code: ReasonCode, severity: 'degraded' | 'unhealthy', words = 'words') => ({
  code,
  severity,
  words,
  runbook: `docs/runbook.md#${reasonCatalogue[code].anchor}`,
})

t.test('reasons of health without a rule of their own are alerts, one for each code', async (t) => {
  const found = readAll(sight(), facts(), [
    health('disk_full', 'degraded', 'the image disk'),
    health('disk_full', 'unhealthy', 'the spool disk'),
    health('breaker_open', 'degraded'),
    health('backlog', 'unhealthy'),
    health('database_away', 'unhealthy'),
  ]).filter(({ fingerprint }) => fingerprint.startsWith('health:'))
  t.match(found, [
    {
      fingerprint: 'health:disk_full',
      grade: 'critical',
      message: 'the image disk; the spool disk.',
      anchor: 'disk',
      openAfterSeconds: 60,
    },
    { fingerprint: 'health:breaker_open', grade: 'warning', openAfterSeconds: 300 },
  ])
  t.ok(found.every(({ fingerprint }) => isOurs(fingerprint)))
})

t.test('every reason of health is told by an alert, or it is written down why none can', async (t) => {
  const rules = new Set(readAll(sight(), facts()).map(({ fingerprint }) => fingerprint.split(':')[0]))
  for (const [code, { worst }] of Object.entries(reasonCatalogue)) {
    const [reading] = readAll(sight(), facts(), [health(code as ReasonCode, worst)]).filter(
      ({ fingerprint }) => fingerprint === `health:${code}`,
    )
    const own = toldByOthers[code]
    const told = [reading?.fingerprint, own, toldByNobody[code]].filter((each) => each !== undefined)
    t.equal(told.length, 1, `${code}: ${told}`)
    if (worst === 'unhealthy' && reading) t.equal(reading.grade, 'critical', code)
    if (own) t.ok(rules.has(own) || ofOtherRooms.includes(own), `${own} is raised by a rule or a room`)
  }
  for (const code of Object.keys({ ...toldByOthers, ...toldByNobody })) t.ok(code in reasonCatalogue, code)
})
