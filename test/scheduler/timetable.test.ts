import t from 'tap'
import { sql } from '../../db/index.ts'
import { everySeconds, isDue, readTimetable, type Task, type TimetableLine } from '../../src/scheduler/timetable.ts'
import { testDatabase } from '../helpers/database.ts'

const line: TimetableLine = {
  name: 'products.incremental',
  entityType: 'products',
  mode: 'incremental',
  cron: '*/10 * * * *',
}
const task: Task = { ...line, enabled: true }
const at = (time: string) => new Date(`2026-03-01T${time}Z`)
const occasion = (last: string | null, now: string, timezone = 'UTC') => ({
  lastStarted: last === null ? null : at(last),
  now: at(now),
  timezone,
})

t.test('a task is due when a tick has passed since it last started, and missed ticks run once', async (t) => {
  t.notOk(isDue(task, occasion('10:00:00', '10:09:59')))
  t.ok(isDue(task, occasion('10:00:00', '10:10:00')))
  t.ok(isDue(task, occasion('01:00:00', '10:03:00')), 'after hours away it is due')
  t.notOk(isDue(task, occasion('10:03:00', '10:03:30')), 'and then waits for the next tick')
  t.notOk(isDue({ ...task, enabled: false }, occasion('01:00:00', '10:03:00')))
})

t.test('what never ran waits for the first full run, a full run does not wait', async (t) => {
  t.notOk(isDue(task, occasion(null, '10:00:00')))
  t.ok(isDue({ ...task, mode: 'full' }, occasion(null, '10:00:00')))
  t.notOk(isDue({ ...task, name: 'verify', entityType: null, mode: 'verify' }, occasion(null, '10:00:00')))
})

t.test('a stretched task is due when so many of its intervals have passed', async (t) => {
  t.notOk(isDue(task, { ...occasion('10:00:00', '10:29:00'), stretch: 3 }))
  t.ok(isDue(task, { ...occasion('10:00:00', '10:30:00'), stretch: 3 }))
  t.notOk(isDue(task, { ...occasion('10:00:00', '10:14:00'), stretch: 1.5 }))
  t.ok(isDue(task, { ...occasion('10:00:00', '10:15:00'), stretch: 1.5 }), 'also between two ticks')
  const byDay = { ...task, cron: '*/10 8-17 * * *' }
  t.notOk(isDue(byDay, { ...occasion('17:50:00', '23:50:00'), stretch: 3 }), 'never where its line has no tick')
})

t.test('night is night where the organisation is', async (t) => {
  const nightly: Task = { ...task, mode: 'full', cron: '5 2 * * *' }
  t.notOk(
    isDue(nightly, occasion('00:00:00', '02:30:00')) ===
      isDue(nightly, occasion('00:00:00', '02:30:00', 'Asia/Baghdad')),
  )
  t.equal(everySeconds(nightly, 'Asia/Baghdad'), 86_400)
  t.equal(everySeconds(task, 'UTC'), 600)
})

t.test('a row of the configuration takes the place of a line; an unreadable one does not', async (t) => {
  const { db } = await testDatabase(t)
  await sql`insert into tds_configuration (key, value) values
    ('schedule.products.incremental', '{"cron": "0 * * * *"}'), ('schedule.products.full', '{"enabled": false}'),
    ('schedule.categories.full', '{"cron": "every now and then"}')`.execute(db)
  const lines: readonly TimetableLine[] = [
    line,
    { name: 'products.full', entityType: 'products', mode: 'full', cron: '5 2 * * *' },
    { name: 'categories.full', entityType: 'categories', mode: 'full', cron: '1 2 * * *' },
  ]
  const byName = new Map((await readTimetable(db, lines)).map((each) => [each.name, each]))
  t.match(byName.get('products.incremental'), { cron: '0 * * * *', enabled: true })
  t.match(byName.get('products.full'), { enabled: false })
  t.match(byName.get('categories.full'), { cron: '1 2 * * *', enabled: true })
})
