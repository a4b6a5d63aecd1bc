import t from 'tap'
import { sql } from '../../../db/index.ts'
import { flows } from './rows-flows.ts'
import { play, startWorld } from './world.ts'

const world = await startWorld(t, {
  // As many that more than twenty are active: below that the guard does not mind.
  simulator: { items: 48 },
  // What is usual is read once an hour, so the weeks before must be there first; two hours, because one may end meanwhile.
  async prepare(db) {
    await sql`
      insert into tds_metrics (resolution, bucket, name, label, value)
      select 'hour', date_trunc('hour', now()) - interval '1 hour' + hours * interval '1 hour' - weeks * interval '7 days',
        'webhook_received', 'products', 40
      from generate_series(1, 4) weeks, generate_series(0, 1) hours`.execute(db)
  },
})
await play(t, world, flows)
