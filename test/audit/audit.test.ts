import t from 'tap'
import { inTransaction } from '../../db/index.ts'
import {
  type AuditEntry,
  type AuditRecord,
  createAudit,
  csvHead,
  record,
  toCsv,
  toNdjson,
} from '../../src/audit/index.ts'
import { testDatabase } from '../helpers/database.ts'

const entry: AuditEntry = { actor: 'key k1', action: 'dlq.requeue', subject: 'tds_dead_letter_queue' }

t.test('a line comes with its change or not at all', async (t) => {
  const { db } = await testDatabase(t)
  const failed = inTransaction(db, async (tx) => {
    await record(tx, entry)
    throw new Error('the change failed')
  })
  await t.rejects(failed, /the change failed/)
  t.same(await createAudit({ db }).list({ limit: 10 }), { items: [], total: 0, next: null })
})

t.test('a line keeps who, what, why, how many and before and after, whatever characters they have', async (t) => {
  const { db } = await testDatabase(t)
  const full: AuditEntry = {
    ...entry,
    reason: 'so\0 \ud800',
    affected: 3,
    filter: { ids: [1, 2, 3] },
    before: { name: 'a\0' },
    after: null,
    requestId: 'r-1',
  }
  await inTransaction(db, (tx) => record(tx, full))
  const { items } = await createAudit({ db }).list({ limit: 1 })
  t.match(items[0], {
    ...full,
    requestId: undefined,
    request_id: 'r-1',
    reason: 'so\uFFFD \uFFFD',
    before: { name: 'a\uFFFD' },
    at: Date,
  })
})

t.test('filters choose by who, what, on what and when', async (t) => {
  const { db } = await testDatabase(t)
  const times = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z']
  for (const [n, at] of times.entries())
    await db
      .insertInto('tds_audit_trail')
      .values({ at, actor: `key k${n}`, action: n === 0 ? 'key.create' : 'key.revoke', subject: `key ${n % 2}` })
      .execute()
  const { list } = createAudit({ db })
  const ids = async (filter: Partial<Parameters<typeof list>[0]>) =>
    (await list({ limit: 10, ...filter })).items.map(({ id }) => id)
  t.same(await ids({}), [3, 2, 1])
  t.same(await ids({ actor: 'key k1' }), [2])
  t.same(await ids({ action: 'key.revoke' }), [3, 2])
  t.same(await ids({ subject: 'key 0' }), [3, 1])
  t.same(await ids({ from: new Date('2026-01-02T00:00:00Z') }), [3, 2], 'from is included')
  t.same(await ids({ to: new Date('2026-01-02T00:00:00Z') }), [1], 'to is not')
  t.same(await list({ limit: 2, after: 3 }).then(({ items, next }) => [items.length, next]), [2, null])
  t.same(await list({ limit: 1 }).then(({ total, next }) => [total, next]), [3, 3])
})

t.test('an export reads everything, over many pages, each line once', async (t) => {
  const { db } = await testDatabase(t)
  const lines = Array.from({ length: 1_234 }, (_, n) => ({ actor: 'cli', action: 'x.y', affected: n }))
  await db.insertInto('tds_audit_trail').values(lines).execute()
  const seen: number[] = []
  for await (const { id } of createAudit({ db }).all({ actor: 'cli' })) seen.push(id)
  t.same(
    seen,
    Array.from({ length: 1_234 }, (_, n) => 1_234 - n),
  )
})

t.test('CSV quotes what needs it, and no cell becomes a formula; NDJSON is one document a line', (t) => {
  const line: AuditRecord = {
    id: 7,
    at: new Date('2026-01-01T00:00:00Z'),
    actor: 'cli',
    action: 'dlq.resolve',
    subject: null,
    reason: '=HYPERLINK("http://evil","x")',
    affected: 0,
    filter: { ids: [1, 2] },
    before: null,
    after: null,
    request_id: null,
    cause: null,
  }
  t.equal(csvHead, 'id,at,actor,action,subject,reason,affected,filter,before,after,request_id,cause\r\n')
  t.equal(
    toCsv(line),
    `7,2026-01-01T00:00:00.000Z,cli,dlq.resolve,,"'=HYPERLINK(""http://evil"",""x"")",0,"{""ids"":[1,2]}",,,,\r\n`,
  )
  t.equal(toNdjson(line).indexOf('\n'), toNdjson(line).length - 1)
  t.match(JSON.parse(toNdjson(line)), { id: 7, filter: { ids: [1, 2] } })
  t.end()
})
