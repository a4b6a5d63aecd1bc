import t from 'tap'
import { sql } from '../../db/index.ts'
import { enqueue, priorities } from '../../src/queue/index.ts'
import { startService, until } from '../helpers/service.ts'

t.test('what Zoho refuses for one record of a call is not the end of the others in it', async (t) => {
  const { db, ctx, simulator } = await startService(t, { simulator: { items: 40 } })
  const { records, faults, calls } = simulator.control
  const ids = records.ids('items').slice(0, 8)
  const poison = ids[5] ?? ''
  const refuse = { kind: 'json-code', status: 400, code: 2, message: 'Invalid value' } as const
  // The calls for many that name it, and the one for it alone.
  for (const some of [ids, ids.slice(4), ids.slice(4, 6), [poison]])
    faults.set({ ...refuse, purpose: 'items bulk', query: `item_ids=${some.join(',')}` })
  faults.set({ ...refuse, path: `/inventory/v1/items/${poison}` })
  await db.transaction().execute((tx) =>
    enqueue(
      tx,
      ids.map((sourceEntityId) => ({
        entityType: 'products',
        sourceEntityId,
        lane: 'read',
        priority: priorities.webhook,
      })),
    ),
  )
  ctx.workers.nudge()
  await until(
    db,
    'all have ended',
    sql`select count(*) = ${ids.length} from tds_sync_queue_done where entity_type = 'products'`,
  )
  const { rows } = await sql<{ id: string }>`select zoho_item_id as id from products order by 1`.execute(db)
  t.same(
    rows.map(({ id }) => id),
    ids.filter((id) => id !== poison).toSorted(),
  )
  const { rows: letters } = await sql`
    select source_entity_id, error_code, attempts from tds_dead_letter_queue`.execute(db)
  t.same(letters, [{ source_entity_id: poison, error_code: 'ZOHO_BAD_REQUEST', attempts: 1 }])
  t.equal(calls.report().byPurpose['items bulk'], 7, 'it is looked for by halves')
})
