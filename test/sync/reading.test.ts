import t from 'tap'
import type { ListView } from '../../src/entities/index.ts'
import { TdsError } from '../../src/errors.ts'
import { chooseReading, disproved } from '../../src/sync/reading.ts'

const list: ListView = {
  product: 'books',
  path: '/papers',
  keys: ['papers'],
  paged: true,
  stableSort: 'created_time',
  modifiedSince: { parameter: 'last_modified_time' },
  fence: 'last_modified_time',
}
const since = new Date('2026-01-02T03:04:05.678Z')
const except =
  (...ignored: string[]) =>
  (parameter: string) =>
    !ignored.includes(parameter)

t.test(
  'of what is honoured the cheapest way is taken: filter, fence, whole list, whole list as it comes',
  async (t) => {
    t.match(chooseReading(list, since, except()), {
      strategy: 'filter',
      query: { last_modified_time: '2026-01-02T03:04:05+0000', sort_column: 'created_time', sort_order: 'A' },
    })
    t.strictSame(chooseReading(list, since, except('last_modified_time')).query, {
      sort_column: 'last_modified_time',
      sort_order: 'D',
    })
    t.match(chooseReading(list, since, except('last_modified_time', 'sort_column=last_modified_time')), {
      strategy: 'list',
      query: { sort_column: 'created_time', sort_order: 'A' },
    })
    const nothing = except('last_modified_time', 'sort_column=last_modified_time', 'sort_column=created_time')
    t.strictSame(chooseReading(list, since, nothing), { strategy: 'list', query: {}, assumed: {} })
    t.strictSame(chooseReading(list, since, except('sort_column=created_time')).query, {
      last_modified_time: '2026-01-02T03:04:05+0000',
    })
  },
)

t.test('without a time, or without a way to ask for changes, everything is read', async (t) => {
  t.equal(chooseReading(list, undefined, except()).strategy, 'list')
  const { modifiedSince: _, fence: __, ...plain } = list
  t.equal(chooseReading(plain, since, except()).strategy, 'list')
})

t.test('an error says which assumption was wrong; other errors say nothing', async (t) => {
  const ignored = (parameter: string) =>
    new TdsError('ZOHO_FILTER_IGNORED', 'transient', 'ignored', { detail: { parameter } })
  const reading = chooseReading(list, since, except())
  t.equal(disproved(reading, ignored('last_modified_time')), 'last_modified_time')
  t.equal(disproved(reading, ignored('sort_order')), 'sort_column=created_time')
  t.equal(disproved(reading, ignored('page')), undefined)
  t.equal(disproved(reading, new TdsError('ZOHO_SERVER', 'transient', 'trouble')), undefined)
})
