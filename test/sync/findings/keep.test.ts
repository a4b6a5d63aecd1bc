import t from 'tap'
import { sql } from '../../../db/index.ts'
import { systemClock } from '../../../src/runtime/index.ts'
import { createFindings } from '../../../src/sync/index.ts'
import { insert, insertAll } from '../verify/documents.ts'
import { startValidator, type Validator } from './setup.ts'

const row = { name: 'Cable', currency_code: 'USD', stock_on_hand: '-3' }
const by = { actor: 'key a', reason: 'counted on Thursday' }
const tomorrow = () => new Date(Date.now() + 86_400_000)

async function withFinding(t: Parameters<typeof startValidator>[0]): Promise<Validator & { readonly id: number }> {
  const validator = await startValidator(t)
  await insert(validator.db, 'products', { zoho_item_id: '1', ...row })
  await validator.validate()
  const { items } = await validator.findings.list({ limit: 10 })
  const id = items[0]?.id ?? 0
  t.match(items, [{ id: Number, rule: 'negative_stock', state: 'open' }])
  return { ...validator, id }
}

const counts = async ({ findings }: Validator) =>
  (await findings.counts()).map(({ rule, severity, open, accepted }) => [rule, severity, open, accepted])

t.test('a finding is seen again, ends when it is no longer true, and opens anew', async (t) => {
  const v = await withFinding(t)
  const first = await v.findings.get(v.id)
  t.match(await v.validate(), { found: 1, opened: 0, resolved: 0 })
  const again = await v.findings.get(v.id)
  t.strictSame(again.first_seen, first.first_seen)
  t.ok(again.last_seen > first.last_seen)
  await sql`update products set stock_on_hand = 4`.execute(v.db)
  t.match(await v.validate(), { found: 0, opened: 0, resolved: 1 })
  t.match(await v.findings.get(v.id), { state: 'resolved', resolved_at: Date })
  t.strictSame(await counts(v), [])
  t.match(await v.findings.list({ limit: 10 }), { items: [], total: 0, next: null })
  t.match(await v.findings.list({ state: 'resolved', limit: 10 }), { total: 1 })
  await sql`update products set stock_on_hand = -1`.execute(v.db)
  t.match(await v.validate(), { opened: 1 })
  const anew = await v.findings.get(v.id)
  t.match(anew, { state: 'open', resolved_at: null, found: '-1' })
  t.ok(anew.first_seen > first.first_seen)
})

t.test('an accepted finding is silent until its day, and its value is what was accepted', async (t) => {
  const v = await withFinding(t)
  const accepted = await v.findings.accept(v.id, { until: tomorrow(), ...by })
  t.match(accepted, { state: 'accepted', accepted_by: 'key a', accepted_reason: 'counted on Thursday' })
  t.strictSame(await v.open('negative_stock'), [])
  t.strictSame(await counts(v), [['negative_stock', 'warning', 0, 1]])
  t.match(await v.validate(), { found: 1, opened: 0 })
  t.match(await v.findings.get(v.id), { state: 'accepted' })
  t.match(await v.findings.list({ state: 'accepted', limit: 10 }), { total: 1 })

  await sql`update tds_findings set accepted_until = now() - interval '1 second'`.execute(v.db)
  t.equal((await v.open('negative_stock')).length, 1, 'its day has come')
  await v.validate()
  t.strictSame(await counts(v), [['negative_stock', 'warning', 1, 0]])

  await v.findings.accept(v.id, { until: tomorrow(), ...by })
  await sql`update products set stock_on_hand = -500`.execute(v.db)
  await v.validate()
  t.match(await v.findings.get(v.id), { state: 'open', found: '-500', accepted_by: null })

  await v.findings.accept(v.id, { until: tomorrow(), anyValue: true, ...by })
  await sql`update products set stock_on_hand = -501`.execute(v.db)
  await v.validate()
  t.match(await v.findings.get(v.id), { state: 'accepted', found: '-501' })
  t.match(await v.findings.unaccept(v.id, by), { state: 'open', accepted_until: null })
  const { rows } = await sql`select action, actor, subject, reason, affected from tds_audit_trail
    where action <> 'findings.validate' order by id`.execute(v.db)
  const line = { actor: 'key a', subject: `finding ${v.id}`, reason: 'counted on Thursday', affected: 1 }
  const accept = { action: 'finding.accept', ...line }
  t.same(rows, [accept, accept, accept, { action: 'finding.unaccept', ...line }])
})

t.test('what cannot be accepted is refused and leaves no trace', async (t) => {
  const v = await withFinding(t)
  const accept = (id: number, until: Date) => v.findings.accept(id, { until, ...by })
  await t.rejects(accept(999, tomorrow()), { code: 'FINDING_NOT_FOUND' })
  await t.rejects(accept(v.id, new Date(0)), { code: 'FINDING_UNTIL_PAST' })
  await t.rejects(v.findings.unaccept(v.id, by), { code: 'FINDING_NOT_ACCEPTED' })
  await sql`update products set stock_on_hand = 1`.execute(v.db)
  await v.validate()
  await t.rejects(accept(v.id, tomorrow()), { code: 'FINDING_NOT_OPEN' })
  const { rows } = await sql`select from tds_audit_trail where action <> 'findings.validate'`.execute(v.db)
  t.equal(rows.length, 0)
})

t.test('what the queue is about to change is neither opened nor resolved', async (t) => {
  const v = await withFinding(t)
  await insert(v.db, 'products', { zoho_item_id: '2', ...row })
  await sql`insert into tds_sync_queue_live (entity_type, source_entity_id) values ('products', '1'), ('products', '2')`.execute(
    v.db,
  )
  await sql`update products set stock_on_hand = 5 where zoho_item_id = '1'`.execute(v.db)
  t.match(await v.validate(), { opened: 0, resolved: 0 })
  await sql`delete from tds_sync_queue_live`.execute(v.db)
  t.match(await v.validate(), { opened: 1, resolved: 1 })
})

t.test('a rule that cannot be asked keeps its findings and stops no other', async (t) => {
  const v = await startValidator(t)
  v.damaged.push('9')
  await v.validate()
  await insert(v.db, 'products', { zoho_item_id: '1', ...row })
  const entities = await (await import('../../../src/entities/index.ts')).loadEntities()
  const broken = createFindings({
    db: v.db,
    entities,
    clock: systemClock,
    damagedImages: () => Promise.reject(new Error('the folder is away')),
  })
  const { rules, opened, resolved } = await broken.validate({ actor: 'test', signal: new AbortController().signal })
  t.match(
    rules.filter(({ error }) => error !== null),
    [{ rule: 'image_file', error: 'UNKNOWN' }],
  )
  t.same([opened, resolved], [1, 0])
})

t.test('a rule that is switched off is not asked, and what it found is over', async (t) => {
  const v = await withFinding(t)
  const change = { reason: 'we sell ahead', actor: 'cli' }
  await t.rejects(v.findings.settings.set('off', { value: ['nonsense'], ...change }), {
    code: 'FINDING_SETTING_INVALID',
  })
  await t.rejects(v.findings.settings.set('iqd_price', { value: { min: 5, max: 2 }, ...change }), {
    code: 'FINDING_SETTING_INVALID',
    message: /min must be below max/,
  })
  await t.rejects(v.findings.settings.set('colour', { value: 1, ...change }), { code: 'FINDING_SETTING_UNKNOWN' })
  await t.rejects(v.validate('nonsense'), { code: 'FINDING_RULE_UNKNOWN' })
  await v.findings.settings.set('off', { value: ['negative_stock'], ...change })
  const { rules } = await v.validate()
  t.notOk(rules.some(({ rule }) => rule === 'negative_stock'))
  t.match(await v.findings.get(v.id), { state: 'resolved' })
  t.match(await v.findings.settings.set('off', { value: null, ...change }), { value: [], updated_by: null })
  const { rows } = await sql`select action, subject, before, after from tds_audit_trail
    where action <> 'findings.validate' order by id`.execute(v.db)
  t.same(rows[0], {
    action: 'configuration.change',
    subject: 'findings.off',
    before: { value: [] },
    after: { value: ['negative_stock'] },
  })
})

t.test('filters, and pages from the newest on', async (t) => {
  const v = await startValidator(t)
  await insertAll(
    v.db,
    'products',
    ['1', '2', '3'].map((zoho_item_id) => ({ zoho_item_id, ...row, name: zoho_item_id === '2' ? ' ' : 'x' })),
  )
  await v.validate()
  const page = await v.findings.list({ rule: 'negative_stock', limit: 2 })
  t.match(page, { total: 3, items: { length: 2 }, next: page.items[1]?.id })
  t.match(await v.findings.list({ rule: 'negative_stock', limit: 2, after: page.next ?? 0 }), {
    items: { length: 1 },
    next: null,
  })
  t.match(await v.findings.list({ source_entity_id: '2', limit: 9 }), { total: 2 })
  t.match(await v.findings.list({ severity: 'error', limit: 9 }), { total: 0 })
  t.match(await v.findings.list({ entity_type: 'customers', limit: 9 }), { total: 0 })
  t.strictSame(await counts(v), [
    ['negative_stock', 'warning', 3, 0],
    ['blank_name', 'warning', 1, 0],
  ])
})
