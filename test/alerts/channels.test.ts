import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { type Channel, type ChannelSettings, createChannels, whyNotSent } from '../../src/alerts/channels/index.ts'
import { bodyFor } from '../../src/alerts/channels/slack.ts'
import type { Notice } from '../../src/alerts/notice.ts'
import { systemClock } from '../../src/runtime/index.ts'
import { httpReceiver, mailServer } from './receivers.ts'

const none: ChannelSettings = {
  smtpUrl: undefined,
  emailFrom: undefined,
  emailTo: [],
  slackUrl: undefined,
  webhookUrl: undefined,
  webhookSecret: undefined,
}

const notice: Notice = {
  kind: 'opened',
  at: '2026-03-04T12:00:00.000Z',
  alert: {
    id: 5,
    fingerprint: 'dead-letters',
    severity: 'critical',
    status: 'open',
    title: 'Dead letters wait for a person\r\nBcc: everyone@example.com',
    message: '21 item(s), <!channel> & سماعات',
    opened_at: '2026-03-04T11:00:00.000Z',
    resolved_at: null,
  },
  runbook: 'docs/runbook.md#dead-letters',
  url: 'https://tds.example',
}

const send = (channel: Channel | undefined, signal: AbortSignal = AbortSignal.timeout(5000)) =>
  channel ? channel.send(notice, { signal, deliveryId: '77' }) : Promise.reject(new Error('not configured'))
const only = (settings: Partial<ChannelSettings>) => createChannels({ ...none, ...settings }, systemClock)[0]

t.test('only what is configured is a channel', async (t) => {
  t.same(createChannels(none, systemClock), [])
  const all = createChannels(
    {
      smtpUrl: 'smtp://127.0.0.1',
      emailFrom: 'tds@example.com',
      emailTo: ['a@example.com'],
      slackUrl: 'http://127.0.0.1/slack',
      webhookUrl: 'http://127.0.0.1/hook',
      webhookSecret: 'x',
    },
    systemClock,
  )
  t.same(
    all.map(({ name }) => name),
    ['email', 'slack', 'webhook'],
  )
})

t.test('a mail server takes one message for all recipients, and a title makes no headers', async (t) => {
  const { mails, url } = await mailServer(t)
  await send(only({ smtpUrl: url(), emailFrom: 'TDS <tds@example.com>', emailTo: ['a@example.com', 'b@example.com'] }))
  t.match(mails, [{ from: 'tds@example.com', to: ['a@example.com', 'b@example.com'] }])
  t.equal(mails.length, 1)
  const [head = ''] = (mails[0]?.text ?? '').split('\r\n\r\n')
  t.match(head.replaceAll(/\r\n /g, ' '), /^Subject: \[TDS critical\] Dead letters wait for a person Bcc: everyone/m)
  t.notMatch(head, /^Bcc:/m)
  t.match(head, /^X-Tds-Delivery: 77\r?$/m)
})

t.test('a mail server that refuses the login is named by its code, without the password', async (t) => {
  const { url } = await mailServer(t)
  const channel = only({ smtpUrl: url('wrong-password-1'), emailFrom: 'tds@example.com', emailTo: ['a@example.com'] })
  const error = await send(channel).catch((fault: unknown) => fault)
  t.equal(whyNotSent(error), 'the mail server did not take it (EAUTH 535)')
})

t.test('a mail server that is not there is an error', async (t) => {
  const { url, close } = await mailServer(t)
  await close()
  const channel = only({ smtpUrl: url(), emailFrom: 'tds@example.com', emailTo: ['a@example.com'] })
  await t.rejects(send(channel), { code: 'ALERT_NOT_SENT', message: /^the mail server did not take it \(E/ })
})

t.test('Slack gets text in which nothing is markup of its own', async (t) => {
  const { received, url } = await httpReceiver(t)
  await send(only({ slackUrl: `${url}/services/T1/B1/key` }))
  t.match(received, [{ method: 'POST', path: '/services/T1/B1/key' }])
  const { text } = JSON.parse(received[0]?.body ?? '{}')
  t.match(text, /^\*\[TDS critical\] Dead letters wait/)
  t.match(text, '&lt;!channel&gt; &amp; سماعات')
  t.match(text, 'docs/runbook.md#dead-letters')
})

t.test(
  'Discord gets its own form, in which nobody is called, and its Slack form where the address says so',
  async (t) => {
    const hook = 'https://discord.com/api/webhooks/1/key'
    const body = bodyFor(hook, notice)
    t.match(body, { content: /^\*\[TDS critical\]/, allowed_mentions: { parse: [] } })
    t.notOk('text' in body)
    t.ok('text' in bodyFor(`${hook}/slack`, notice))
    t.ok('text' in bodyFor('https://notdiscord.com/hook', notice))
    const long = { ...notice, alert: { ...notice.alert, message: 'x'.repeat(5000) } }
    t.ok(JSON.stringify(bodyFor(hook, long)).length < 2000, 'Discord refuses more than 2000 characters')
  },
)

t.test('the signature of the generic webhook is of its time and its body', async (t) => {
  const { received, url } = await httpReceiver(t)
  await send(only({ webhookUrl: `${url}/hook`, webhookSecret: 'a secret of the test' }))
  const { headers, body = '' } = received[0] ?? {}
  t.same(JSON.parse(body), notice)
  const timestamp = String(headers?.['x-tds-timestamp'])
  t.ok(Math.abs(Date.now() / 1000 - Number(timestamp)) < 60)
  const expected = createHmac('sha256', 'a secret of the test').update(`${timestamp}.${body}`).digest('hex')
  t.equal(headers?.['x-tds-signature'], `sha256=${expected}`)
  t.equal(headers?.['x-tds-delivery'], '77')
})

for (const [status, words] of [
  [500, 'the receiver answered 500'],
  [404, 'the receiver answered 404'],
  [302, 'the receiver answered 302'],
] as const) {
  t.test(`an answer of ${status} is not taken, and the words hold no address`, async (t) => {
    const { received, answers, url } = await httpReceiver(t)
    answers.status = status
    const error = await send(only({ slackUrl: `${url}/secret-key` })).catch((fault: unknown) => fault)
    t.equal(whyNotSent(error), words)
    t.equal(received.length, 1, 'and nothing is followed')
  })
}

t.test('who does not answer is given up', async (t: Test) => {
  const { answers, url } = await httpReceiver(t)
  answers.status = 0
  const error = await send(only({ slackUrl: url }), AbortSignal.timeout(100)).catch((fault: unknown) => fault)
  t.equal(whyNotSent(error), 'the receiver did not answer in time')
})
