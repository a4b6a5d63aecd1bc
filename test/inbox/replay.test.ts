import t from 'tap'
import { sql } from '../../db/index.ts'
import type { CompareRecords } from '../../src/inbox/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { incoming } from './records.ts'
import { eventsIn, inboxOver, until } from './setup.ts'

const about = (id: string, n: number) => incoming({ body: Buffer.from(`{"item":{"item_id":"${id}","n":${n}}}`) })
const why = { actor: 'key tester', reason: 'a night was missed' }
const { signal } = new AbortController()

t.test('a window asks once for each record, and tries its parked events again', async (t) => {
  const database = await testDatabase(t)
  const { db } = database
  const { inbox } = inboxOver(t, database)
  inbox.start()
  for (const n of [1, 2, 3]) await inbox.receive(about('46', n))
  await inbox.receive(about('47', 1))
  await inbox.receive(incoming({ module: 'invoices', body: Buffer.from('{"invoice":{"invoice_id":"9"}}') }))
  await inbox.receive(incoming({ module: 'martians' }))
  const old = await inbox.receive(about('48', 1))
  const settled = async () => (await eventsIn(database)).every(({ status }) => status !== 'received')
  await until(settled, 'promotion')
  await sql`update tds_inbox_events set received_at = now() - interval '2 days' where event_id = ${old.eventId}`.execute(
    db,
  )
  await sql`update tds_inbox_events set settled_at = now(), outcome = 'written' where status = 'promoted'`.execute(db)
  await sql`delete from tds_sync_queue_live`.execute(db)

  const from = new Date(Date.now() - 3_600_000)
  t.same(await inbox.events.replay({ from, module: 'products', ...why }), { count: 4, records: 2, parked: 0 })
  const asked = async () => {
    const { rows } = await sql<{ id: string; v: number }>`
      select source_entity_id as id, requested_version as v from tds_sync_queue_live order by 1`.execute(db)
    return rows.map(({ id, v }) => `${id}:${v}`)
  }
  await until(async () => (await asked()).length === 2, 'two hints')
  t.same(await asked(), ['46:1', '47:1'])
  t.same(await inbox.events.replay({ from, ...why }), { count: 6, records: 3, parked: 1 })
  await until(settled, 'the second promotion')
  t.same(
    (await asked()).map((each) => each.split(':')[0]),
    ['46', '47', '9'],
  )
  const trail = await db.selectFrom('tds_audit_trail').selectAll().orderBy('id').execute()
  t.match(trail, [{ action: 'events.replay', affected: 4, filter: { module: 'products' }, ...why }, { affected: 6 }])
})

t.test('a preview lists records and what a fresh read would change, and changes nothing', async (t) => {
  const database = await testDatabase(t)
  const { db } = database
  const calls: unknown[] = []
  const compare: CompareRecords = async (entityType, ids) => {
    calls.push([entityType, ids])
    return ids.map((source_entity_id) => ({ source_entity_id, change: 'none', fields: [] }))
  }
  let known = false
  const { inbox } = inboxOver(t, database, {
    compare,
    resolve: (module) =>
      module === 'products' || known
        ? { entityType: 'products', idFields: ['item_id'], payloadKeys: ['item'], lane: 'read', priority: 1 }
        : null,
  })
  inbox.start()
  for (let n = 0; n < 25; n += 1) await inbox.receive(about(String(100 + n), 1))
  await inbox.receive(about('124', 2))
  const parked = await inbox.receive(incoming({ module: 'martians' }))
  await until(async () => (await eventsIn(database)).every(({ status }) => status !== 'received'), 'promotion')
  known = true
  const before = await eventsIn(database)

  const preview = await inbox.events.previewReplay({ from: new Date(Date.now() - 3_600_000) }, signal)
  t.match(preview, { count: 27, records: 25, parked: 1 })
  t.equal(preview.items.length, 25)
  t.same(preview.items[0], { entity_type: 'products', source_entity_id: '124', events: 2 })
  t.match(preview.parked_events, [{ event_id: parked.eventId, now: 'promoted', source_entity_id: '4600001' }])
  t.equal(preview.changes.length, 20, 'the first twenty are compared')
  t.match(calls, [['products', Array]])
  t.same(await eventsIn(database), before)
  t.same(await db.selectFrom('tds_audit_trail').selectAll().execute(), [])
  await t.rejects(inbox.events.previewReplay({ module: 'products' }, signal), { code: 'EVENTS_NOTHING_CHOSEN' })
})
