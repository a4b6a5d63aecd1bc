import t from 'tap'
import { sql } from '../../db/index.ts'
import { httpReceiver, mailServer } from './receivers.ts'
import { calm, depth, testAlerts } from './setup.ts'

const mail = (smtpUrl: string) => ({ smtpUrl, emailFrom: 'tds@example.com', emailTo: ['ops@example.com'] })

t.test('a dead mail server loses nothing: what it missed comes in its order', async (t) => {
  const first = await mailServer(t)
  await first.close()
  const { alerts, another, seen, clock, deliveries, retryNow } = await testAlerts(t, mail(first.url()))
  seen.sight = depth({ dead_letter: 1 })
  await alerts.look()
  t.equal(await alerts.deliver(), 1)
  t.match(await deliveries(), [{ status: 'pending', attempt: 1, error: /^the mail server did not take it/ }])
  t.equal(await alerts.deliver(), 0, 'it rests before the next try')
  seen.sight = calm
  await alerts.look()
  clock.forward(61_000)
  await alerts.look()
  t.match(await deliveries(), [{ kind: 'opened' }, { kind: 'resolved', attempt: 0 }])
  t.equal(await alerts.deliver(), 0, 'the end waits for the beginning')

  const second = await mailServer(t, first.port)
  await retryNow()
  t.equal(await another().deliver(), 1)
  t.equal(await another().deliver(), 1)
  t.equal(await another().deliver(), 0)
  t.match(await deliveries(), [
    { status: 'sent', error: null },
    { status: 'sent', error: null },
  ])
  const subjects = second.mails.map(({ text }) => /^Subject: (.*)$/m.exec(text)?.[1]?.trim())
  t.match(subjects, [/^\[TDS warning\] Dead letters/, /^\[TDS warning\] resolved: Dead letters/])
})

t.test('each channel for itself: one that fails keeps no other waiting', async (t) => {
  const [slack, hook] = [await httpReceiver(t), await httpReceiver(t)]
  slack.answers.status = 503
  const settings = { slackUrl: slack.url, webhookUrl: hook.url, webhookSecret: 'x' }
  const { alerts, seen, deliveries } = await testAlerts(t, settings)
  seen.sight = depth({ dead_letter: 1 })
  await alerts.look()
  t.equal(await alerts.deliver(), 2)
  t.match(await deliveries(), [
    { channel: 'slack', status: 'pending', error: 'the receiver answered 503' },
    { channel: 'webhook', status: 'sent' },
  ])
  t.equal(hook.received.length, 1)
})

t.test('the rests grow from half a minute to a quarter of an hour', async (t) => {
  const { received, answers, url } = await httpReceiver(t)
  answers.status = 500
  const { db, alerts, seen, retryNow } = await testAlerts(t, { slackUrl: url })
  seen.sight = depth({ dead_letter: 1 })
  await alerts.look()
  const rests: number[] = []
  for (let attempt = 0; attempt < 8; attempt += 1) {
    await retryNow()
    await alerts.deliver()
    const { rows } = await sql<{ rest: number }>`
      select extract(epoch from next_attempt_at - now())::float8 as rest from tds_alert_deliveries`.execute(db)
    rests.push(rows[0]?.rest ?? 0)
  }
  t.equal(received.length, 8)
  for (const [index, least] of [30, 60, 120, 240, 480, 900, 900, 900].entries()) {
    const rest = rests[index] ?? 0
    t.ok(rest > least - 5 && rest < least * 1.1 + 5, `about ${least} s, not ${rest}`)
  }
})

t.test('after a day it is given up, and says so', async (t) => {
  const { answers, url } = await httpReceiver(t)
  answers.status = 500
  const { db, alerts, seen, deliveries } = await testAlerts(t, { slackUrl: url })
  seen.sight = depth({ dead_letter: 1 })
  await alerts.look()
  await sql`update tds_alert_deliveries set created_at = now() - interval '25 hours'`.execute(db)
  await alerts.deliver()
  const [given] = await deliveries()
  t.match(given, { status: 'failed', error: 'the receiver answered 500' })
  t.ok(given?.ended_at)
})

t.test('two processes do not send the same notice', async (t) => {
  const { received, url } = await httpReceiver(t)
  const { alerts, another, seen } = await testAlerts(t, { slackUrl: url })
  seen.sight = depth({ dead_letter: 1 })
  await alerts.look()
  const tried = await Promise.all([alerts, another(), another()].map((each) => each.deliver()))
  t.equal(
    tried.reduce((sum, count) => sum + count, 0),
    1,
  )
  t.equal(received.length, 1)
})

t.test('what a dead process had in hand is sent by another when its minute is over', async (t) => {
  const { received, url } = await httpReceiver(t)
  const { db, alerts, seen, retryNow } = await testAlerts(t, { slackUrl: url })
  seen.sight = depth({ dead_letter: 1 })
  await alerts.look()
  await sql`update tds_alert_deliveries set attempt = 1, next_attempt_at = now() + interval '60 seconds'`.execute(db)
  t.equal(await alerts.deliver(), 0)
  await retryNow()
  t.equal(await alerts.deliver(), 1)
  t.equal(received.length, 1)
})
