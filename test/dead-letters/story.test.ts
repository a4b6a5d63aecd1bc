import t from 'tap'
import { sql } from '../../db/index.ts'
import { TdsError } from '../../src/errors.ts'
import { bury, fence } from '../../src/queue/index.ts'
import { someone, take } from '../helpers/queue.ts'
import { incoming } from '../inbox/records.ts'
import { inboxOver, until } from '../inbox/setup.ts'
import { deadLettersFor, letter } from './setup.ts'

t.test('the story goes from the webhook through queue and attempts to the row', async (t) => {
  const { db, deadLetters, pool, close } = await deadLettersFor(t)
  const { inbox } = inboxOver(t, { db, pool, close })
  inbox.start()
  const body = '{"item":{"item_id":"46","rate":12345678901234567891}}'
  const { eventId } = await inbox.receive(incoming({ body: Buffer.from(body) }))
  await until(async () => (await db.selectFrom('tds_sync_queue').selectAll().execute()).length === 1, 'its work')
  const items = await take(db, someone())
  await db.transaction().execute(async (tx) => {
    const [item] = await fence(tx, items)
    if (item) await bury(tx, [{ item, error: new TdsError('ZOHO_CODE', 'permanent', 'Zoho answered 9') }], 0)
  })
  await sql`insert into products (zoho_item_id, synced_at) values ('46', '2026-01-01Z')`.execute(db)
  const [dead] = (await deadLetters.list({ limit: 1 })).items
  if (!dead) throw new Error('no letter')

  const story = await deadLetters.story(dead, { payload: false })
  t.match(story, {
    events: [{ event_id: eventId, module: 'products', status: 'promoted', outcome: 'failed', settled_at: Date }],
    queue: [{ id: dead.queue_id, status: 'dead_letter', attempts: 1, outcome: 'failed', error_code: 'ZOHO_CODE' }],
    attempts: [{ queue_id: dead.queue_id, attempt: 1, outcome: 'failed', error_message: 'Zoho answered 9' }],
    row: { table: 'products', exists: true, rows: 1, synced_at: new Date('2026-01-01Z'), deleted_at: null },
  })
  t.notOk('payload' in (story.events[0] ?? {}), 'bodies are not read unasked')
  t.equal((await deadLetters.story(dead, { payload: true })).events[0]?.payload, body)
})

t.test('the row of a story may be absent, deleted, several, or of an entity nobody knows', async (t) => {
  const { db, deadLetters } = await deadLettersFor(t)
  const rowOf = async (entity_type: string) => {
    const dead = await deadLetters.get(await letter(db, { entity_type, source_entity_id: '5' }))
    return (await deadLetters.story(dead, { payload: false })).row
  }
  t.match(await rowOf('products'), { exists: false, rows: 0, synced_at: null })
  await sql`insert into inventory_items (zoho_item_id, zoho_location_id, deleted_at)
    values ('5', '1', null), ('5', '2', now())`.execute(db)
  t.match(await rowOf('inventory_items'), { exists: true, rows: 2, deleted_at: null })
  await sql`update inventory_items set deleted_at = now()`.execute(db)
  await sql`update tds_dead_letter_queue set resolved = true`.execute(db)
  t.match(await rowOf('inventory_items'), { rows: 2, deleted_at: Date })
  t.equal(await rowOf('long_gone'), null)
})
