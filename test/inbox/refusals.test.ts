import { Writable } from 'node:stream'
import { pino } from 'pino'
import t from 'tap'
import { createCounters } from '../../src/inbox/counters.ts'
import { createRefusals } from '../../src/inbox/refusals.ts'
import { systemClock } from '../../src/runtime/index.ts'

t.test('a flood of refusals is logged as samples that say how many went by', async (t) => {
  const lines: Array<Record<string, unknown>> = []
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()))
      done()
    },
  })
  let now = 1_000_000
  const counted: string[] = []
  const counters = { ...createCounters(), add: (name: string, label: string) => void counted.push(`${name} ${label}`) }
  const refusals = createRefusals({
    credentials: { secrets: ['aSigningSecret12'], key: undefined },
    observing: true,
    counters,
    clock: { ...systemClock, now: () => now },
    log: pino(sink),
  })
  const request = {
    module: 'products',
    sourceAddress: '10.0.0.9',
    query: [],
    body: Buffer.from('{"customer":"a private name"}'),
    contentType: 'application/json',
    signature: 'f'.repeat(64),
    keyHeader: undefined,
  }
  for (let n = 0; n < 50; n += 1) refusals.note(request, 'wrong_signature')
  refusals.note(request, 'missing')
  now += 11_000
  refusals.note(request, 'wrong_signature')
  t.match(lines, [
    { reason: 'wrong_signature', unlogged: 0, sourceAddress: '10.0.0.9', observed: /another secret/ },
    { reason: 'missing', unlogged: 0 },
    { reason: 'wrong_signature', unlogged: 49 },
  ])
  const observed = counted.filter((each) => each.startsWith('webhook_observed'))
  t.equal(observed.length, 3, 'what would have matched is counted for each sample, for the doctor')
  t.match(observed[0], /another secret/)
  t.equal(counted.length - observed.length, 52)
  t.notMatch(JSON.stringify([lines, counted]), /private name|ffff|aSigningSecret12/)
})
