import t from 'tap'
import { type OpenDatabase, sql } from '../../db/index.ts'
import type { Enqueue } from '../../src/inbox/index.ts'
import { promoteWaiting } from '../../src/inbox/promote.ts'
import { enqueue } from '../../src/queue/index.ts'
import { type Clock, systemClock } from '../../src/runtime/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { incoming } from './records.ts'
import { byId, eventsIn, inboxOver, resolve, until } from './setup.ts'

const organizationId = '60069194202'
const item = (id: string | number, more = '') => incoming({ body: Buffer.from(`{"item":{"item_id":"${id}"${more}}}`) })

const promote = ({ db }: OpenDatabase, over: { enqueue?: Enqueue } = {}) =>
  promoteWaiting({ db, resolve, enqueue, organizationId, ...over })

async function queueRows({ db }: OpenDatabase) {
  const { rows } = await sql<{ entity_type: string; source_entity_id: string; priority: number; version: number }>`
    select entity_type, source_entity_id, priority, requested_version as version from tds_sync_queue order by id`.execute(
    db,
  )
  return rows
}

/** Rests of seconds never end by themselves: only a nudge ends them. */
const noPolling: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms >= 3_000 ? 2 ** 30 : ms, signal),
}

t.test('an event becomes work as soon as it is kept, without waiting for a poll', async (t) => {
  const database = await testDatabase(t)
  let woken = 0
  const onPromoted = () => {
    woken += 1
  }
  const { inbox } = inboxOver(t, database, { onPromoted, clock: noPolling })
  inbox.start()
  for (const turn of [1, 2, 3]) {
    const { eventId } = await inbox.receive(item(45 + turn))
    await until(async () => byId(await eventsIn(database), eventId)?.status === 'promoted', 'promotion')
    await until(() => woken === turn, 'the workers being woken')
  }
  t.match((await eventsIn(database))[0], { entity_type: 'products', source_entity_id: '46', requested_version: 1 })
  t.match((await queueRows(database))[0], { entity_type: 'products', source_entity_id: '46', priority: 1, version: 1 })
})

t.test('events of one record share a queue row, and each knows the version that serves it', async (t) => {
  const database = await testDatabase(t)
  const { inbox } = inboxOver(t, database)
  await Promise.all([item(46), item(46), item(47)].map((webhook) => inbox.receive(webhook)))
  t.same(await promote(database), { promoted: 3, parked: 0 })
  await inbox.receive(item(46))
  t.same(await promote(database), { promoted: 1, parked: 0 })
  t.match(
    (await eventsIn(database)).filter((row) => row.source_entity_id === '46').map((row) => row.requested_version),
    [1, 1, 2],
  )
  t.equal((await queueRows(database)).length, 2)
})

t.test(
  'what cannot be used is parked with its reason and its bytes, between neighbours that are promoted',
  async (t) => {
    const database = await testDatabase(t)
    const { inbox } = inboxOver(t, database)
    const garbage = [
      incoming({ body: Buffer.alloc(0) }),
      incoming({ body: Buffer.from([0, 1, 2, 0xff]) }),
      incoming({ body: Buffer.from('{"item":{"item_id":"46') }),
      incoming({ body: Buffer.from('{"item":{"item_id":"46","name":"\\u0000\\ud800"}}') }),
      incoming({ module: 'pigeons' }),
      incoming({ body: Buffer.from('{"organization_id":1,"item":{"item_id":"46"}}') }),
      incoming({ body: Buffer.from(`{"item_id":${'['.repeat(100_000)}`) }),
    ]
    for (const webhook of [item(1), ...garbage, item(2)]) await inbox.receive(webhook)
    t.same(await promote(database), { promoted: 2, parked: garbage.length })
    const rows = await eventsIn(database)
    t.same(
      rows.map((row) => row.status),
      ['promoted', ...garbage.map(() => 'parked'), 'promoted'],
    )
    t.ok(rows.every((row) => row.status === 'promoted' || (row.reason ?? '').length > 10))
    t.same(
      rows.slice(1, -1).map((row) => row.body),
      garbage.map((webhook) => webhook.body),
    )
    t.same(await promote(database), { promoted: 0, parked: 0 }, 'and none of it is looked at again')
  },
)

t.test('promotion and enqueueing are one transaction', async (t) => {
  const database = await testDatabase(t)
  const { inbox } = inboxOver(t, database)
  await inbox.receive(item(46))
  const failing: Enqueue = async (tx, hints) => {
    await enqueue(tx, hints)
    throw new Error('the process dies here')
  }
  await t.rejects(promote(database, { enqueue: failing }), /dies here/)
  t.match(await eventsIn(database), [{ status: 'received' }])
  t.same(await queueRows(database), [])
  t.same(await promote(database), { promoted: 1, parked: 0 })
})

t.test('an event the queue refuses is parked and does not block those around it', async (t) => {
  const database = await testDatabase(t)
  await sql`alter table tds_sync_queue add constraint poison check (source_entity_id <> '666')`.execute(database.db)
  const { inbox } = inboxOver(t, database)
  for (const id of [1, 666, 2]) await inbox.receive(item(id))
  t.same(await promote(database), { promoted: 2, parked: 1 })
  t.match(await eventsIn(database), [
    { status: 'promoted' },
    { status: 'parked', reason: 'the queue refuses it: 23514' },
    { status: 'promoted' },
  ])
})

t.test('two processes share the work and never take the same event', async (t) => {
  const database = await testDatabase(t)
  const { inbox } = inboxOver(t, database)
  await Promise.all(Array.from({ length: 1_200 }, (_, n) => inbox.receive(item(n))))
  let total = 0
  while (total < 1_200) {
    const both = await Promise.all([promote(database), promote(database)])
    total += both.reduce((sum, each) => sum + each.promoted, 0)
  }
  t.equal(total, 1_200)
  t.ok((await queueRows(database)).every((row) => row.version === 1))
})

t.test('large bodies are taken a few at a time, and all of them in the end', async (t) => {
  const database = await testDatabase(t)
  const { inbox } = inboxOver(t, database)
  const padding = `,"notes":"${'x'.repeat(2_000_000)}"`
  for (let n = 0; n < 10; n += 1) await inbox.receive(item(n, padding))
  const turns = []
  do turns.push((await promote(database)).promoted)
  while (turns.at(-1) !== 0)
  t.ok(turns.length > 2, `${turns}`)
  t.equal((await queueRows(database)).length, 10)
})
