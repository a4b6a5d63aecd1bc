import t from 'tap'
import { reachesFence } from '../../src/sync/fence.ts'

const fence = new Date('2026-03-01T10:00:00Z')
const rows = (...times: (string | null)[]) =>
  times.map((time, index) => ({
    sourceEntityId: String(index),
    columns: { zoho_last_modified_at: time === null ? null : `2026-03-01T${time}+03:00` },
    fieldErrors: null,
    hash: '',
    document: {},
  }))

t.test('the page in which a row is older than the fence is the last', async (t) => {
  t.notOk(reachesFence(rows('14:00:00', '13:00:00'), fence), 'the fence itself may hold more of its second')
  t.ok(reachesFence(rows('14:00:00', '12:59:59'), fence))
  t.notOk(reachesFence([], fence))
})

t.test('rows that do not descend, or have no time, prove that the sort was ignored', async (t) => {
  t.throws(() => reachesFence(rows('13:30:00', '14:00:00'), fence), { code: 'ZOHO_FILTER_IGNORED' })
  t.throws(() => reachesFence(rows('14:00:00', null), fence), { code: 'ZOHO_FILTER_IGNORED' })
  t.doesNotThrow(() => reachesFence(rows('14:00:00', '14:00:00'), fence))
})

t.test('a second source has its own column of modification times', async (t) => {
  const [row] = rows('12:00:00')
  const own = [{ ...row, columns: { inventory_modified_at: '2026-03-01T14:00:00+03:00' } }] as Parameters<
    typeof reachesFence
  >[0]
  t.notOk(reachesFence(own, fence, 'inventory_modified_at'))
  t.throws(() => reachesFence(own, fence), { code: 'ZOHO_FILTER_IGNORED' })
})
