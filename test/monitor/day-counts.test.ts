import t from 'tap'
import { sql } from '../../db/index.ts'
import { createDaySums } from '../../src/monitor/day-counts.ts'
import { testDatabase } from '../helpers/database.ts'
import { seedCounter } from './fixture.ts'

t.test('sums the last 24 hours by entity over all slots', async (t) => {
  const { db } = await testDatabase(t)
  await seedCounter(db, 'written', 'products', 5, '0', 0)
  await seedCounter(db, 'written', 'products', 7, '0', 3)
  await seedCounter(db, 'written', 'categories', 2, '5 hours')
  await seedCounter(db, 'written', 'products', 100, '1441 minutes')
  await seedCounter(db, 'webhook_received', 'products', 9, '0')
  const counts = await createDaySums().read(db, Date.now())
  t.same(Object.fromEntries(counts), { products: { written: 12 }, categories: { written: 2 } })
})

t.test('what is counted after a look is in the next, also when it was committed a minute late', async (t) => {
  const { db } = await testDatabase(t)
  const sums = createDaySums()
  await seedCounter(db, 'written', 'products', 1, '0')
  t.equal((await sums.read(db, Date.now())).get('products')?.written, 1)
  await seedCounter(db, 'written', 'products', 1, '0')
  await seedCounter(db, 'written', 'products', 1, '1 minute')
  t.equal((await sums.read(db, Date.now())).get('products')?.written, 3)
})

t.test('what becomes older than a day leaves the sum', async (t) => {
  const { db } = await testDatabase(t)
  const sums = createDaySums()
  await seedCounter(db, 'written', 'products', 1, '0')
  await seedCounter(db, 'written', 'products', 10, '23 hours')
  t.equal((await sums.read(db, Date.now())).get('products')?.written, 11)
  t.equal((await sums.read(db, Date.now() + 2 * 3_600_000)).get('products')?.written, 1)
})

t.test('minutes that have passed are read once', async (t) => {
  const { db } = await testDatabase(t)
  const sums = createDaySums()
  await seedCounter(db, 'written', 'products', 10, '2 hours')
  await sums.read(db, Date.now())
  await sql`update tds_metrics set value = 999`.execute(db)
  t.equal((await sums.read(db, Date.now())).get('products')?.written, 10)
})
