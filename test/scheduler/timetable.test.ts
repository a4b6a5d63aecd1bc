import t from 'tap'
import { sql } from '../../db/index.ts'
import { everySeconds, isDue, readTimetable, type Task } from '../../src/scheduler/timetable.ts'
import { testDatabase } from '../helpers/database.ts'

const task: Task = {
  name: 'products.incremental',
  entityType: 'products',
  mode: 'incremental',
  cron: '*/10 * * * *',
  enabled: true,
}
const at = (time: string) => new Date(`2026-03-01T${time}Z`)

t.test('a task is due when a tick has passed since it last started, and missed ticks run once', async (t) => {
  t.notOk(isDue(task, at('10:00:00'), at('10:09:59'), 'UTC'))
  t.ok(isDue(task, at('10:00:00'), at('10:10:00'), 'UTC'))
  t.ok(isDue(task, at('01:00:00'), at('10:03:00'), 'UTC'), 'after hours away it is due')
  t.notOk(isDue(task, at('10:03:00'), at('10:03:30'), 'UTC'), 'and then waits for the next tick')
  t.notOk(isDue({ ...task, enabled: false }, at('01:00:00'), at('10:03:00'), 'UTC'))
})

t.test('what never ran waits for the first full run, a full run does not wait', async (t) => {
  t.notOk(isDue(task, null, at('10:00:00'), 'UTC'))
  t.ok(isDue({ ...task, mode: 'full' }, null, at('10:00:00'), 'UTC'))
})

t.test('night is night where the organisation is', async (t) => {
  const nightly: Task = { ...task, mode: 'full', cron: '5 2 * * *' }
  t.notOk(
    isDue(nightly, at('00:00:00'), at('02:30:00'), 'UTC') ===
      isDue(nightly, at('00:00:00'), at('02:30:00'), 'Asia/Baghdad'),
  )
  t.equal(everySeconds(nightly, 'Asia/Baghdad'), 86_400)
  t.equal(everySeconds(task, 'UTC'), 600)
})

t.test('a row of the configuration takes the place of a line; an unreadable one does not', async (t) => {
  const { db } = await testDatabase(t)
  await sql`insert into tds_configuration (key, value) values
    ('schedule.products.incremental', '{"cron": "0 * * * *"}'), ('schedule.products.full', '{"enabled": false}'),
    ('schedule.categories.full', '{"cron": "every now and then"}')`.execute(db)
  const byName = new Map((await readTimetable(db)).map((each) => [each.name, each]))
  t.match(byName.get('products.incremental'), { cron: '0 * * * *', enabled: true })
  t.match(byName.get('products.full'), { enabled: false })
  t.match(byName.get('categories.full'), { cron: '1 2 * * *', enabled: true })
})
