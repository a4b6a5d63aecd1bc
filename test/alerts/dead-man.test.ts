import t from 'tap'
import { httpReceiver } from './receivers.ts'
import { type calm, depth, testAlerts } from './setup.ts'

t.test('the dead-man URL is called once a minute while all is well', async (t) => {
  const { received, url } = await httpReceiver(t)
  const { alerts, clock, seen } = await testAlerts(t, { deadManUrl: `${url}/push/key` })
  await alerts.look()
  t.match(received, [{ method: 'GET', path: '/push/key' }])
  clock.forward(30_000)
  await alerts.look()
  t.equal(received.length, 1, 'at most once a minute')
  clock.forward(31_000)
  seen.status = 'degraded'
  await alerts.look()
  t.equal(received.length, 2, 'a warning is no death')
  clock.forward(61_000)
  seen.status = 'unhealthy'
  await alerts.look()
  seen.status = 'healthy'
  seen.sight = undefined
  await alerts.look()
  t.equal(received.length, 2, 'not while unhealthy, not without the database')
})

t.test('work that is due must move', async (t) => {
  const { received, url } = await httpReceiver(t)
  const { alerts, clock, seen } = await testAlerts(t, { deadManUrl: url })
  const look = async (part: typeof calm) => {
    const before = received.length
    clock.forward(61_000)
    seen.sight = part
    await alerts.look()
    return received.length - before
  }
  const written = (count: number) => new Map([['products', { written: count }]])
  t.equal(
    await look({ ...depth({ due: 5, oldest_due_seconds: 100 }), day: written(7) }),
    0,
    'the first look proves nothing',
  )
  t.equal(await look({ ...depth({ due: 5, oldest_due_seconds: 161 }), day: written(7) }), 0, 'nothing moved')
  t.equal(await look({ ...depth({ due: 5, oldest_due_seconds: 222 }), day: written(8) }), 1, 'something was settled')
  t.equal(await look({ ...depth({ due: 9, oldest_due_seconds: 30 }), day: written(8) }), 1, 'the oldest is another one')
  t.equal(
    await look({ ...depth({ due: 9, oldest_due_seconds: 91 }), day: written(6) }),
    0,
    'a day that ends moves nothing',
  )
  t.equal(await look(depth({ due: 0 })), 1, 'nothing is due')
})

t.test('a call that was not taken is repeated with the next look', async (t) => {
  const { received, answers, url } = await httpReceiver(t)
  const { alerts, clock } = await testAlerts(t, { deadManUrl: url })
  answers.status = 500
  await alerts.look()
  answers.status = 200
  clock.forward(30_000)
  await alerts.look()
  t.equal(received.length, 2)
})
