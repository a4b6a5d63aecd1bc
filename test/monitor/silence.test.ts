import t from 'tap'
import { sql } from '../../db/index.ts'
import { createUsualHour, silenceOf } from '../../src/monitor/silence.ts'
import { testDatabase } from '../helpers/database.ts'

type Db = Awaited<ReturnType<typeof testDatabase>>['db']

const at = Date.parse('2026-03-04T12:30:00Z')
const hourStart = Date.parse('2026-03-04T11:00:00Z')
const ago = (seconds: number): Date => new Date(at - seconds * 1000)
const look = (counts: readonly number[], last: Date | null) =>
  silenceOf({ hourStart, counts }, { at, last, busyFrom: 5 })

t.test('silent is a whole hour without a webhook; busy is an hour in which they usually come', async (t) => {
  t.match(look([9, 12, 7, 10], ago(5401)), { isSilent: true, isBusyHour: true, usual: 10, seconds: 5401 })
  t.match(look([9, 12, 7, 10], ago(5399)), { isSilent: false }, 'one came in the last whole hour')
  t.match(look([0, 1, 0, 2], ago(9000)), { isSilent: true, isBusyHour: false }, 'quiet every week')
  t.match(look([80, 0, 0, 0], ago(9000)), { isBusyHour: false }, 'one busy week only')
  t.match(look([9, 12, 7, 10], null), { isSilent: false }, 'none ever came: none is set up')
})

t.test('the usual of an hour is what came in it in each of four weeks', async (t) => {
  const { db } = await testDatabase(t)
  const hour = (weeks: number) => sql`date_trunc('hour', now()) - interval '1 hour' - ${weeks} * interval '7 days'`
  await seedReceived(db, 10, hour(1))
  await seedReceived(db, 20, hour(2))
  await seedReceived(db, 40, hour(4))
  await seedReceived(db, 99, sql`date_trunc('hour', now()) - interval '2 hours' - interval '7 days'`)
  t.same((await createUsualHour().read(db, Date.now())).counts, [10, 20, 0, 40])
})

const seedReceived = (db: Db, count: number, bucket: ReturnType<typeof sql>) =>
  sql`
    insert into tds_metrics (resolution, bucket, name, label, value) values ('hour', ${bucket}, 'webhook_received', 'items', ${count})`.execute(
    db,
  )
