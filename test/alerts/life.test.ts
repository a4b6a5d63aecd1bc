import t from 'tap'
import { sql } from '../../db/index.ts'
import { httpReceiver } from './receivers.ts'
import { calm, depth, testAlerts } from './setup.ts'

const nowhere = { slackUrl: 'http://127.0.0.1:9/' }
const minutes = (n: number) => n * 60_000

t.test('an alert opens, goes on, resolves by itself and may open again', async (t) => {
  const { alerts, seen, clock, rows, deliveries } = await testAlerts(t, nowhere)
  seen.sight = depth({ dead_letter: 1 })
  await alerts.look()
  const [opened] = await rows()
  t.match(opened, { fingerprint: 'dead-letters', severity: 'warning', status: 'open', notified_as: 'warning' })
  t.match(opened?.detail, { runbook: 'docs/runbook.md#dead-letters' })
  clock.forward(minutes(1))
  seen.sight = depth({ dead_letter: 3 })
  await alerts.look()
  t.match((await rows())[0], { message: /^3 item/, status: 'open' })
  seen.sight = calm
  await alerts.look()
  t.match(await rows(), [{ status: 'open' }], 'not before it was calm for a minute')
  clock.forward(minutes(1))
  await alerts.look()
  t.match(await rows(), [{ status: 'resolved', notified_as: 'resolved' }])
  seen.sight = depth({ dead_letter: 1 })
  await alerts.look()
  t.match(await rows(), [{ status: 'resolved' }, { status: 'open' }])
  t.same(
    (await deliveries()).map(({ kind, channel }) => `${kind} ${channel}`),
    ['opened slack', 'resolved slack', 'opened slack'],
  )
})

t.test('queue alerts open after five minutes, also when the leader changes in between', async (t) => {
  const { alerts, another, seen, clock, rows } = await testAlerts(t, nowhere)
  seen.sight = depth({ due: 60, oldest_due_seconds: 3 })
  await alerts.look()
  clock.forward(minutes(4))
  await another().look()
  t.same(await rows(), [])
  clock.forward(minutes(1))
  await another().look()
  t.match(await rows(), [{ fingerprint: 'queue-pending', severity: 'warning' }])
})

t.test('a transition is told once, whoever looks, however often, at the same time too', async (t) => {
  const { alerts, another, seen, deliveries } = await testAlerts(t, nowhere)
  seen.sight = depth({ dead_letter: 1 })
  await Promise.all([alerts, another(), another()].map((each) => each.look()))
  await another().look()
  t.equal((await deliveries()).length, 1)
  seen.sight = depth({ dead_letter: 21 })
  await Promise.all([alerts, another(), another()].map((each) => each.look()))
  await another().look()
  t.same(
    (await deliveries()).map(({ kind }) => kind),
    ['opened', 'escalated'],
  )
})

t.test('an open alert is told again, an acknowledged one is not until it gets worse', async (t) => {
  const { alerts, seen, clock, rows, deliveries } = await testAlerts(t, nowhere)
  const kinds = async () => (await deliveries()).map(({ kind }) => kind)
  seen.sight = depth({ dead_letter: 1 })
  await alerts.look()
  clock.forward(minutes(239))
  await alerts.look()
  t.same(await kinds(), ['opened'])
  clock.forward(minutes(1))
  await alerts.look()
  t.same(await kinds(), ['opened', 'reminder'])
  const [alert] = await rows()
  await alerts.acknowledge(alert?.id ?? 0, { actor: 'key ops', note: 'looking' })
  clock.forward(minutes(600))
  await alerts.look()
  t.same(await kinds(), ['opened', 'reminder'])
  seen.sight = depth({ dead_letter: 30 })
  await alerts.look()
  t.same(await kinds(), ['opened', 'reminder', 'escalated'])
  t.match(await rows(), [{ status: 'acknowledged', severity: 'critical', acknowledged_by: 'key ops' }])
})

t.test('alerts of other rooms are told, and resolved only where they began', async (t) => {
  const { db, alerts, rows, clock, deliveries } = await testAlerts(t, nowhere)
  await sql`insert into tds_alerts (fingerprint, severity, title, message) values ('images-scope', 'critical', 'Paused', 'No scope')`.execute(
    db,
  )
  await alerts.look()
  clock.forward(minutes(5))
  await alerts.look()
  t.match(await rows(), [{ status: 'open' }])
  t.match(await deliveries(), [{ kind: 'opened', notice: { alert: { title: 'Paused' }, runbook: 'docs/runbook.md' } }])
  await db.updateTable('tds_alerts').set({ status: 'resolved', resolved_at: new Date() }).execute()
  await alerts.look()
  t.match(await deliveries(), [{ kind: 'opened' }, { kind: 'resolved' }])
})

t.test('while nobody can be told nothing counts as told', async (t) => {
  const { alerts, another, deps, seen, rows, deliveries } = await testAlerts(t)
  seen.sight = depth({ dead_letter: 1 })
  await alerts.look()
  t.match(await rows(), [{ notified_as: 'nothing', notified_at: null }])
  Object.assign(deps.settings, nowhere)
  await another().look()
  t.match(await deliveries(), [{ kind: 'opened' }])
})

t.test('without the database seen nothing is decided', async (t) => {
  const { alerts, seen, rows } = await testAlerts(t, nowhere)
  seen.sight = undefined
  await alerts.look()
  t.same(await rows(), [])
})

t.test('only the leader decides, and what it made is sent without being asked', async (t) => {
  const { received, url } = await httpReceiver(t)
  const { db, deps, another, seen, rows, clock } = await testAlerts(t, { slackUrl: url })
  seen.sight = depth({ dead_letter: 1 })
  const follower = { ...deps, isLeader: () => false }
  const { createAlerts } = await import('../../src/alerts/index.ts')
  const idle = createAlerts(follower)
  idle.start()
  await idle.stop()
  t.same(await rows(), [])
  const leader = another()
  leader.start()
  const deadline = clock.now() + 10_000
  while (received.length === 0 && clock.now() < deadline) await sql`select pg_sleep(0.02)`.execute(db)
  await leader.stop()
  t.match(received[0]?.body, 'Dead letters wait')
})
