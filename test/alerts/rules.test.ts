import { readFile } from 'node:fs/promises'
import t from 'tap'
import { isOurs, readAll } from '../../src/alerts/rules.ts'
import type { Sight, WebhookFacts } from '../../src/alerts/sight.ts'
import { ago, facts, sight } from './sights.ts'

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
const used = (dayUsed: number) => sight({ zoho: { ...zoho, products: { inventory: { dayLimit: 1000, dayUsed } } } })
const paused = { pausedAt: ago(60), errorCode: 'invalid_code' }

const cases: readonly Case[] = [
  { what: 'a calm system has nothing', found: {} },
  { what: '50 due items are not over 50', sight: sight({ depth: { due: 50 } }), found: {} },
  { what: '51 due items', sight: sight({ depth: { due: 51 } }), found: { 'queue-pending': 'warning' } },
  { what: '201 due items', sight: sight({ depth: { due: 201 } }), found: { 'queue-pending': 'critical' } },
  { what: '11 failed items', sight: sight({ depth: { failed: 11 } }), found: { 'queue-failed': 'warning' } },
  { what: '51 failed items', sight: sight({ depth: { failed: 51 } }), found: { 'queue-failed': 'critical' } },
  { what: 'the first dead letter', sight: sight({ depth: { dead_letter: 1 } }), found: { 'dead-letters': 'warning' } },
  { what: '20 dead letters', sight: sight({ depth: { dead_letter: 20 } }), found: { 'dead-letters': 'warning' } },
  { what: '21 dead letters', sight: sight({ depth: { dead_letter: 21 } }), found: { 'dead-letters': 'critical' } },
  { what: '90 % of the day', sight: used(900), found: {} },
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
  { what: 'an entity that never synced has no age', sight: sight({ runs: new Map() }), found: {} },
  {
    what: 'a whole busy hour without a webhook',
    sight: sight({ vitals: { last_webhook_at: ago(5401) } }),
    found: { 'webhooks-silent': 'warning' },
  },
  { what: 'a webhook in the last whole hour', sight: sight({ vitals: { last_webhook_at: ago(5399) } }), found: {} },
  {
    what: 'silence in an hour that is quiet every week',
    sight: sight({ vitals: { last_webhook_at: ago(9000) } }),
    webhooks: facts({ usual: [0, 1, 0, 2] }),
    found: {},
  },
  {
    what: 'silence after one busy week only',
    sight: sight({ vitals: { last_webhook_at: ago(9000) } }),
    webhooks: facts({ usual: [80, 0, 0, 0] }),
    found: {},
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
  const given = sight({ vitals: { last_webhook_at: ago(9000) } })
  const night = readAll(given, facts({ usual: [0, 0, 0, 0] })).find((each) => each.fingerprint === 'webhooks-silent')
  t.match(night, { grade: null, stays: 'warning' })
})
