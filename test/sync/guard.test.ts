import t from 'tap'
import { sql } from '../../db/index.ts'
import { decimal, isOneOf } from '../../src/entities/field.ts'
import { bench, createPapers, fillPapers, papers } from './setup.ts'

const list = papers().list
const asList = (view: string) => (list ? { list: { ...list, view } } : {})

t.test('a joined source is guarded by its own columns, on the rows of its owner', async (t) => {
  const joined = papers({
    name: 'paper_prices',
    joins: { entity: 'papers', readAtColumn: 'x', documentColumn: 'y' },
    ...asList('prices'),
    views: {
      list: { keepsDocument: true, columns: { name: decimal('nothing') } },
      prices: { keepsDocument: false, columns: { rate: decimal('gone') } },
    },
    guarded: ['rate', 'name'],
  })
  const world = await bench(t, joined, { simulator: { items: 60 } })
  await createPapers(world.db)
  for (const id of world.simulator.control.records.ids('items'))
    await sql`insert into papers (zoho_item_id, rate) values (${id}, 5)`.execute(world.db)
  t.match(
    await world.run('full'),
    { status: 'settled', fetched: 60 },
    'rows that do not speak of the column change nothing',
  )
  const zero = papers({
    ...joined,
    views: { ...joined.views, prices: { keepsDocument: false, columns: { rate: decimal(() => '0') } } },
  })
  const emptied = await bench(t, zero, { simulator: { items: 60 } })
  await createPapers(emptied.db)
  for (const id of emptied.simulator.control.records.ids('items'))
    await sql`insert into papers (zoho_item_id, rate) values (${id}, 5)`.execute(emptied.db)
  t.match(await emptied.run('full'), { status: 'held', error_code: 'MASS_CHANGE', fetched: 0 })
  t.match((await sql`select fingerprint, status from tds_alerts`.execute(emptied.db)).rows, [
    { fingerprint: 'mass-change:paper_prices', status: 'open' },
  ])
  t.match(await emptied.run('full', { acceptMassChange: true }), { status: 'settled', fetched: 60 })
  t.match((await sql`select status from tds_alerts`.execute(emptied.db)).rows, [{ status: 'resolved' }])
})

t.test('a fifth of an entity may become inactive in one run, more is asked about', async (t) => {
  for (const [inactive, status] of [
    [20, 'settled'],
    [30, 'held'],
  ] as const) {
    const entity = papers({
      guarded: ['is_active'],
      views: { list: { keepsDocument: true, columns: { is_active: isOneOf('status', 'active') } } },
    })
    const world = await bench(t, entity, { simulator: { items: 100 } })
    await createPapers(world.db)
    await sql`alter table papers add column is_active boolean not null default true`.execute(world.db)
    const { records } = world.simulator.control
    for (const [index, id] of records.ids('items').entries()) {
      records.change('items', id, { status: index < inactive ? 'inactive' : 'active' })
      await sql`insert into papers (zoho_item_id) values (${id})`.execute(world.db)
    }
    t.match(await world.run('full'), { status }, `${inactive} of 100`)
  }
})

t.test('a list that lacks more than a fifth of the rows deletes none', async (t) => {
  const world = await bench(t, papers(), { simulator: { items: 40 } })
  await createPapers(world.db)
  await fillPapers(world.db, 30)
  t.match(await world.run('full'), {
    status: 'held',
    error_code: 'MASS_CHANGE',
    error_message: /30 of 30 papers would become deleted/,
  })
  t.strictSame((await world.asked()).length, 40, 'the list itself was taken in, nobody was asked whether he is gone')
})
