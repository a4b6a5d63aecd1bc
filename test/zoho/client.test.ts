import t from 'tap'
import { itemsCall, world } from './setup.ts'

t.test('a call reads JSON and says when the read began', async (t) => {
  const { client, database } = await world(t)
  const reply = await client().get(itemsCall)
  t.equal(reply.body.code, 0)
  t.equal(reply.calls, 1)
  const { rows } = await database.pool.query('select started_at::text, finished_at, status from tds_zoho_calls')
  t.match(rows, [{ started_at: reply.readAt, status: 200, finished_at: Date }])
})
