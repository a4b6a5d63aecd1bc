import t from 'tap'
import { type Condition, decide, type OpenAlert } from '../../src/alerts/decide.ts'
import { noticeDue, type Told } from '../../src/alerts/notice.ts'
import type { Reading } from '../../src/alerts/reading.ts'

const now = 1_000_000_000
const fingerprint = 'queue-pending'
type Severity = 'warning' | 'critical'

function reading(grade: Severity | null, part: Partial<Reading> = {}): Reading {
  const words = { title: 'Title', message: 'Message', anchor: 'backlog' }
  return {
    fingerprint,
    grade,
    stays: grade,
    openAfterSeconds: 300,
    lastedSeconds: 0,
    inhibited: false,
    ...words,
    ...part,
  }
}

const open = (severity: Severity): OpenAlert => ({ id: 7, fingerprint, severity })
const breached = (secondsAgo: number): Condition => ({ breachedSince: now - secondsAgo * 1000 })
const calm = (secondsAgo: number): Condition => ({ calmSince: now - secondsAgo * 1000 })

interface Case {
  readonly what: string
  readonly reading?: Reading
  readonly open?: OpenAlert
  readonly before?: Condition
  readonly becomes: string
  readonly after?: Condition
}

const cases: readonly Case[] = [
  { what: 'calm and closed', reading: reading(null), becomes: 'nothing' },
  { what: 'over the limit for the first time', reading: reading('warning'), becomes: 'nothing', after: breached(0) },
  {
    what: 'over the limit, not long enough',
    reading: reading('warning'),
    before: breached(299),
    becomes: 'nothing',
    after: breached(299),
  },
  {
    what: 'over the limit for five minutes',
    reading: reading('warning'),
    before: breached(300),
    becomes: 'open warning',
  },
  {
    what: 'old by the facts themselves',
    reading: reading('critical', { lastedSeconds: 300 }),
    becomes: 'open critical',
  },
  { what: 'calm again before it opened', reading: reading(null), before: breached(299), becomes: 'nothing' },
  {
    what: 'long enough, and another alert says why',
    reading: reading('critical', { inhibited: true }),
    before: breached(900),
    becomes: 'nothing',
    after: breached(900),
  },
  { what: 'goes on', reading: reading('warning'), open: open('warning'), becomes: 'stay warning' },
  { what: 'gets worse', reading: reading('critical'), open: open('warning'), becomes: 'stay critical' },
  {
    what: 'would get worse, and another alert says why',
    reading: reading('critical', { inhibited: true }),
    open: open('warning'),
    becomes: 'stay warning',
  },
  {
    what: 'a little under the limit stays what it is',
    reading: reading(null, { stays: 'warning' }),
    open: open('warning'),
    becomes: 'stay warning',
  },
  {
    what: 'a little under the critical limit stays critical',
    reading: reading('warning', { stays: 'critical' }),
    open: open('critical'),
    becomes: 'stay critical',
  },
  {
    what: 'a warning does not become critical by the lower limit',
    reading: reading('warning', { stays: 'critical' }),
    open: open('warning'),
    becomes: 'stay warning',
  },
  { what: 'gets better', reading: reading('warning'), open: open('critical'), becomes: 'stay warning' },
  {
    what: 'calm for the first time',
    reading: reading(null),
    open: open('warning'),
    becomes: 'nothing',
    after: calm(0),
  },
  {
    what: 'calm, not long enough',
    reading: reading(null),
    open: open('warning'),
    before: calm(59),
    becomes: 'nothing',
    after: calm(59),
  },
  { what: 'calm for a minute', reading: reading(null), open: open('warning'), before: calm(60), becomes: 'resolved' },
  {
    what: 'back before the minute is over',
    reading: reading('warning'),
    open: open('warning'),
    before: calm(59),
    becomes: 'stay warning',
  },
  { what: 'nobody speaks of it any more', open: open('warning'), before: calm(60), becomes: 'resolved' },
  { what: 'an alert of another room', open: { ...open('critical'), fingerprint: 'images-scope' }, becomes: 'nothing' },
]

for (const { what, reading, open, before, becomes, after } of cases) {
  t.test(`${what}: ${becomes}`, async (t) => {
    const decision = decide({
      now,
      readings: reading ? [reading] : [],
      open: open ? [open] : [],
      conditions: new Map(before ? [[open?.fingerprint ?? fingerprint, before]] : []),
      calmSeconds: 60,
    })
    const transitions = decision.transitions.map((each) =>
      each.to === 'resolved' ? each.to : `${each.to} ${each.severity}`,
    )
    t.equal(transitions.join() || 'nothing', becomes)
    t.same([...decision.conditions.values()], after ? [after] : [])
  })
}

const told = (part: Partial<Told>): Told => ({
  severity: 'warning',
  status: 'open',
  notified_as: 'warning',
  notified_at: new Date(now - 1000),
  ...part,
})
const hoursAgo = (hours: number) => new Date(now - hours * 3_600_000)

const notices: readonly [string, Told, ReturnType<typeof noticeDue>][] = [
  ['a new alert', told({ notified_as: 'nothing', notified_at: null }), 'opened'],
  ['an alert that was told', told({}), null],
  ['a warning after four hours', told({ notified_at: hoursAgo(4) }), 'reminder'],
  ['a warning before four hours', told({ notified_at: hoursAgo(3.99) }), null],
  [
    'a critical one after an hour',
    told({ severity: 'critical', notified_as: 'critical', notified_at: hoursAgo(1) }),
    'reminder',
  ],
  ['an acknowledged one after a day', told({ status: 'acknowledged', notified_at: hoursAgo(24) }), null],
  ['a warning that became critical', told({ severity: 'critical' }), 'escalated'],
  ['an acknowledged one that became critical', told({ status: 'acknowledged', severity: 'critical' }), 'escalated'],
  ['a critical one that became a warning', told({ notified_as: 'critical' }), 'eased'],
  ['a resolved one', told({ status: 'resolved' }), 'resolved'],
  ['a resolved one that was told', told({ status: 'resolved', notified_as: 'resolved' }), null],
  ['one that was over before anybody was told', told({ status: 'resolved', notified_as: 'nothing' }), null],
]

for (const [what, row, due] of notices) {
  t.test(`${what}: ${due ?? 'no notice'}`, async (t) => {
    t.equal(noticeDue(row, now, { warning: 14_400, critical: 3600 }), due)
  })
}
