import t from 'tap'
import { verifyLines } from '../../src/cli/verify-report.ts'
import type { EntityReport, VerifyReport } from '../../src/sync/index.ts'
import { verifyPage } from '../../src/sync/index.ts'

const entity = (more: Partial<EntityReport> = {}): EntityReport => ({
  entity: 'invoices',
  started_at: '2025-10-01T00:00:00.000Z',
  finished_at: '2025-10-01T00:00:01.000Z',
  source: 12,
  here: 12,
  listed: 12,
  detailed: 5,
  values: 1234,
  difference_count: 0,
  differences: [],
  cleared: 0,
  pending: 0,
  details_due: 0,
  findings: [],
  finding_count: 0,
  finding_errors: 0,
  arabic: {},
  requeued: 0,
  ...more,
})

const report = (...entities: readonly EntityReport[]): VerifyReport => ({
  ok: entities.every((each) => each.difference_count + each.finding_errors === 0),
  calls: 3,
  entities,
})

const wrong = entity({
  difference_count: 2,
  differences: [
    {
      kind: 'fields',
      source_entity_id: '77',
      fields: [{ column: 'rate', table: 'invoice_items', key: '11', here: 3, source: '<img src=x onerror=alert(1)>' }],
    },
    { kind: 'missing', source_entity_id: '78' },
  ],
  finding_count: 2,
  finding_errors: 1,
  findings: [
    {
      check: 'total',
      severity: 'error',
      source_entity_id: '79',
      expected: '10.00 USD',
      found: '11.00 USD',
      message: 'total = sub_total & "more"',
    },
    {
      check: 'orphan',
      severity: 'warning',
      source_entity_id: '80',
      expected: 'products 5',
      found: 'a tombstone',
      message: "<b>Zoho's</b>",
    },
  ],
})

const at = new Date('2025-10-01T00:00:02Z')

t.test('the report names differences with both sides, findings with their rule, and what it all means', (t) => {
  const text = verifyLines(report(wrong)).join('\n')
  for (const words of [
    /invoices +12 +12 +12 +5 +1,234 +2 +0 +2/,
    '  77: differs\n    rate of invoice_items at 11: 3 here, "<img src=x onerror=alert(1)>" in Zoho',
    '  78: in Zoho, not here',
    /invoices +total +error +1/,
    /invoices +orphan, warning +warning +1/,
    'invoices, total:\n  79: total = sub_total & "more": 10.00 USD expected, 11.00 USD found',
    '2 differences, 1 finding, 1 warning. 3 calls.',
  ])
    t.match(text, words)
  t.end()
})

t.test('an equal mirror says so in one line', (t) => {
  t.equal(verifyLines(report(entity())).at(-1), 'Nothing differs. 3 calls.')
  const unread = { code: 'ZOHO_SCOPE', message: 'scope missing' }
  t.match(verifyLines(report(entity({ unread }))).join('\n'), 'could not be compared to its end: scope missing')
  t.equal(verifyLines(report(entity({ unread }))).at(-1), 'Nothing differs, 1 not compared to the end. 3 calls.')
  t.end()
})

t.test('a long list is cut and its rest counted', (t) => {
  const fields = Array.from({ length: 25 }, (_, index) => ({ column: `c${index}`, here: 1, source: 2 }))
  const differences = Array.from({ length: 30 }, (_, index) => ({
    kind: 'fields' as const,
    source_entity_id: `${index}`,
    fields,
  }))
  const text = verifyLines(report(entity({ difference_count: 5000, differences }))).join('\n')
  t.match(text, '    and 15 more')
  t.match(text, '  and 4990 more')
  t.notMatch(text, '  10: differs')
  t.end()
})

t.test('the page is one file without scripts in which everything is escaped', (t) => {
  const page = verifyPage(report(wrong), at)
  t.notMatch(page, /<script|<img|<b>|<link|href=|https?:/)
  for (const words of [
    '&lt;img src=x onerror=alert(1)&gt;',
    '&lt;b&gt;Zoho&#39;s&lt;/b&gt;',
    'total = sub_total &amp; &quot;more&quot;',
  ])
    t.ok(page.includes(words), words)
  t.match(page, '<meta name="viewport" content="width=device-width, initial-scale=1">')
  t.match(page, "default-src 'none'")
  t.match(page, /<td class="bad">invoices<\/td><td>12<\/td><td>12<\/td><td>12<\/td><td>2<\/td><td>0<\/td><td>2<\/td>/)
  t.match(page, '<p class="bad">2 differences, 1 finding, 1 warning. 3 calls.</p>')
  t.end()
})

t.test('a page of an equal mirror is good, and tells what is unknown by a dash', (t) => {
  const page = verifyPage(report(entity({ source: null })), at)
  t.match(page, '<p class="good">Nothing differs. 3 calls.</p>')
  t.match(page, '<td class="good">invoices</td><td>–</td>')
  t.notMatch(page, '<details')
  t.end()
})
