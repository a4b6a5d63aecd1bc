import t from 'tap'
import { createLog } from '../../src/log.ts'
import { systemClock } from '../../src/runtime/index.ts'
import { createLeadership } from '../../src/scheduler/leadership.ts'
import { testDatabase } from '../helpers/database.ts'

t.test('one process leads; when it is gone another one does', async (t) => {
  const { pool } = await testDatabase(t)
  const log = createLog({ level: 'silent', pretty: false })
  const candidate = () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const leadership = createLeadership({
      pool,
      clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 20), signal) },
      log,
      onLead: resolve,
    })
    t.teardown(() => leadership.stop())
    leadership.start()
    return { leadership, leads: promise }
  }
  const first = candidate()
  await first.leads
  const second = candidate()
  t.ok(first.leadership.isLeader)
  t.notOk(second.leadership.isLeader)
  await first.leadership.stop()
  t.notOk(first.leadership.isLeader)
  await second.leads
  t.ok(second.leadership.isLeader)
})
