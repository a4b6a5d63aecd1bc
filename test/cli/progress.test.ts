import t from 'tap'
import { createProgress, duration, formatTable, type TextStream } from '../../src/cli/index.ts'

function screen(isTTY: boolean): TextStream & { text: string } {
  return {
    isTTY,
    columns: 100,
    text: '',
    write(part) {
      this.text += part
    },
  }
}

t.test('on a terminal each entity has one line that is drawn over itself', async (t) => {
  const stream = screen(true)
  let now = 0
  const progress = createProgress(stream, { now: () => now })
  progress.update('products', { read: 100, settled: 0, expected: 400 })
  now = 10_000
  progress.update('products', { read: 300, settled: 200, expected: 400 })
  t.match(stream.text, /200\/400 {2}read 300 {2}20\/s {2}10 s left/)
  now = 20_000
  progress.finish('products', '400 read: 400 written')
  progress.update('stock', { read: 1, settled: 1 })
  const [last = ''] = stream.text.split('\x1b[1A').slice(-1)
  t.match(last, 'products                   400 read: 400 written\n')
  t.match(last, /stock .*1\/1/)
})

t.test('elsewhere there are plain lines, now and then and at the end', async (t) => {
  const stream = screen(false)
  let now = 0
  const progress = createProgress(stream, { now: () => now })
  for (now = 0; now <= 12_000; now += 100) progress.update('products', { read: now, settled: now })
  progress.finish('products', 'done')
  t.equal(stream.text.includes('\x1b'), false)
  t.equal(stream.text.trimEnd().split('\n').length, 3)
})

t.test('a table puts numbers to the right and nothing as a dash', async (t) => {
  t.strictSame(
    formatTable(
      ['name', 'count'],
      [
        ['a', 1234],
        ['long name', null],
      ],
    ),
    ['name       count', '─────────  ─────', 'a          1,234', 'long name      –'],
  )
})

t.test('durations are words', async (t) => {
  t.equal(duration(3.2), '4 s')
  t.equal(duration(130), '2 min 10 s')
  t.equal(duration(3900), '1 h 5 min')
})
