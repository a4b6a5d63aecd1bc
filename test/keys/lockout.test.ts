import t from 'tap'
import { createLockout, createLockoutTrail, type LockedOut } from '../../src/keys/index.ts'
import { mostAddresses, placeOf } from '../../src/keys/lockout.ts'
import { mostLinesAnHour } from '../../src/keys/lockout-trail.ts'
import { testDatabase } from '../helpers/database.ts'
import { silent } from '../monitor/fixture.ts'

const minute = 60_000

function build(tries = 3, seconds = 60) {
  let now = 1_700_000_000_000
  const told: LockedOut[] = []
  const lockout = createLockout({ clock: { now: () => now }, tries, seconds, onLocked: (locked) => told.push(locked) })
  return {
    ...lockout,
    told,
    pass: (ms: number) => {
      now += ms
    },
    fail(address: string, times: number) {
      for (let n = 0; n < times; n += 1) lockout.failed(address)
    },
  }
}

t.test('too many wrong keys within five minutes lock their address out, and no other', async (t) => {
  const { fail, waitSeconds, told, pass } = build()
  fail('10.0.0.1', 2)
  t.equal(waitSeconds('10.0.0.1'), 0)
  fail('10.0.0.1', 1)
  t.equal(waitSeconds('10.0.0.1'), 60)
  t.equal(waitSeconds('10.0.0.2'), 0)
  t.same(told, [{ address: '10.0.0.1', tries: 3, seconds: 60, times: 1 }], 'told once')
  pass(59_500)
  t.equal(waitSeconds('10.0.0.1'), 1)
  pass(500)
  t.equal(waitSeconds('10.0.0.1'), 0)
})

t.test('wrong keys further apart lock nobody out', async (t) => {
  const { fail, waitSeconds, pass } = build()
  for (let n = 0; n < 10; n += 1) {
    fail('10.0.0.1', 1)
    pass(2.6 * minute)
  }
  t.equal(waitSeconds('10.0.0.1'), 0)
})

t.test('each lock-out lasts twice as long as the one before, up to an hour; a day of peace forgets', async (t) => {
  const { fail, pass, told } = build()
  for (let n = 0; n < 9; n += 1) {
    fail('10.0.0.1', 3)
    pass(60 * minute)
  }
  t.same(
    told.map(({ seconds }) => seconds),
    [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600],
  )
  pass(25 * 60 * minute)
  fail('10.0.0.1', 3)
  t.match(told.at(-1), { seconds: 60, times: 1 })
})

t.test('its memory is bounded: the address that was quiet for longest is forgotten', async (t) => {
  const { fail, waitSeconds } = build()
  fail('10.0.0.1', 2)
  for (let n = 0; n < mostAddresses; n += 1) fail(`host-${n}`, 1)
  fail('10.0.0.1', 1)
  t.equal(waitSeconds('10.0.0.1'), 0, 'the first two were forgotten')
  fail(`host-${mostAddresses - 1}`, 2)
  t.equal(waitSeconds(`host-${mostAddresses - 1}`), 60)
})

t.test('a network of IPv6 is one place, and an IPv4 address is one however it is written', async (t) => {
  t.equal(placeOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64')
  t.equal(placeOf('2001:DB8:1:2::9'), '2001:db8:1:2::/64')
  t.equal(placeOf('2001:db8::1'), '2001:db8:0:0::/64')
  t.equal(placeOf('::1'), '0:0:0:0::/64')
  t.equal(placeOf('fe80::1%eth0'), 'fe80:0:0:0::/64')
  t.equal(placeOf('::ffff:10.0.0.1'), '10.0.0.1')
  t.equal(placeOf('10.0.0.1'), '10.0.0.1')
})

t.test('each lock-out is one line of the trail, and strangers cannot fill it', async (t) => {
  const { db } = await testDatabase(t)
  let counted = 0
  const trail = createLockoutTrail({
    db,
    clock: { now: () => 0 },
    log: silent,
    onLocked: () => {
      counted += 1
    },
  })
  for (let n = 0; n < mostLinesAnHour + 20; n += 1) trail({ address: `10.0.0.${n}`, tries: 20, seconds: 60, times: 1 })
  const written = () => db.selectFrom('tds_audit_trail').selectAll().where('action', '=', 'address.lock').execute()
  let lines = await written()
  while (lines.length < mostLinesAnHour) lines = await written()
  t.equal(lines.length, mostLinesAnHour)
  t.equal(counted, mostLinesAnHour + 20)
  t.match(
    lines.find(({ subject }) => subject === 'address 10.0.0.1'),
    { actor: 'guard', reason: '20 wrong keys within five minutes', after: { seconds: 60, times: 1 } },
  )
})
