import { readFile } from 'node:fs/promises'
import t from 'tap'
import { causeOf } from '../../src/dead-letters/index.ts'
import { sourceFiles } from '../helpers/source-files.ts'
import { deadLettersFor, letter } from './setup.ts'

t.test('open letters are grouped by cause, the largest first, with words, trend and samples', async (t) => {
  const { db, deadLetters } = await deadLettersFor(t)
  const scope = { error_code: 'ZOHO_SCOPE', fingerprint: 'scope' }
  await letter(db, { ...scope, source_entity_id: '1', ago: '30 minutes' })
  await letter(db, { ...scope, source_entity_id: '2', ago: '90 minutes' })
  await letter(db, { ...scope, source_entity_id: '3', ago: '95 minutes', resolved: true })
  await letter(db, { ...scope, source_entity_id: '4', entity_type: 'bills', ago: '23 hours 30 minutes' })
  await letter(db, { ...scope, source_entity_id: '5', ago: '3 days' })
  await letter(db, { error_code: '23505', source_entity_id: '9' })
  const page = await deadLetters.groups({ limit: 10 })
  t.match(page, { total: 2, next: null })
  const [first, second] = page.items
  t.match(first, {
    fingerprint: 'scope',
    error_code: 'ZOHO_SCOPE',
    count: 4,
    entities: { products: 3, bills: 1 },
    trend: { last_hour: 1, hour_before: 2 },
    sentence: /^Zoho refused to show these records.*Usual cause: the token lacks a scope.*then requeue the group\.$/,
    runbook: 'docs/runbook.md#zoho-token',
  })
  t.equal(first?.trend.hourly.length, 24)
  t.equal(first?.trend.hourly[0], 1, 'the oldest hour comes first')
  t.same(
    first?.samples.map(({ source_entity_id }) => source_entity_id),
    ['5', '4', '2'],
  )
  const age = (time: Date | undefined) => Math.round((Date.now() - (time?.getTime() ?? 0)) / 60_000)
  t.same([age(first?.first_seen), age(first?.last_seen)], [3 * 24 * 60, 30])
  t.match(second, { count: 1, error_code: '23505', sentence: /database refused the row/ })
})

t.test('groups come page by page, and an empty system has none', async (t) => {
  const { db, deadLetters } = await deadLettersFor(t)
  t.same(await deadLetters.groups({ limit: 10 }), { items: [], total: 0, next: null })
  for (const n of [1, 2, 3]) await letter(db, { source_entity_id: String(n), fingerprint: `cause ${n}` })
  const first = await deadLetters.groups({ limit: 2 })
  t.match(first, { total: 3, next: 2 })
  const second = await deadLetters.groups({ limit: 2, after: first.next ?? 0 })
  t.match(second, { items: [{ fingerprint: 'cause 3' }], total: 3, next: null })
})

t.test(
  'every cause sends to an entry of the runbook, and every permanent error of Zoho has words of its own',
  async (t) => {
    const runbook = await readFile('docs/runbook.md', 'utf8')
    const headings = [...runbook.matchAll(/^## (.+)$/gm)].map(([, text = '']) =>
      text.toLowerCase().replaceAll(' ', '-'),
    )
    const errors = (await sourceFiles('src/zoho')).find(({ path }) => path.endsWith('zoho/errors.ts'))?.text ?? ''
    const permanent = [...errors.matchAll(/verdict\(\s*'(ZOHO_\w+)', 'permanent'/g)].map(([, code = '']) => code)
    t.ok(permanent.length >= 6, 'codes were found')
    const unknown = causeOf('SOMETHING_ELSE')
    for (const code of new Set(permanent)) t.not(causeOf(code), unknown, code)
    for (const code of [...permanent, 'ZOHO_SERVER', 'LEASE_EXHAUSTED', 'IMAGE_STORE', '22P02', '42703', '53100', 'X'])
      t.ok(headings.includes(causeOf(code).anchor), `${code} → ${causeOf(code).anchor}`)
  },
)
