import t from 'tap'
import { sql } from '../../db/index.ts'
import { letter } from '../dead-letters/setup.ts'
import { calmZoho } from '../monitor/fixture.ts'
import { counted, dieAgain, later, open, queue, succeeded, testHealing, trail } from './setup.ts'

const outage = 'dead-letters-outage'
const permission = 'dead-letters-permission'
const parent = 'dead-letters-parent'

t.test(
  'records that died of an outage are read again once Zoho answers, and the trail and the counter say so',
  async (t) => {
    const { db, run, state } = await testHealing(t)
    await letter(db, { error_code: 'ZOHO_SERVER', ago: '1 hour' })
    await letter(db, { error_code: 'ZOHO_CODE', source_entity_id: '2', ago: '1 hour' })
    t.match(await run(outage), { found: 0, healed: 0 }, 'nobody knows yet that it is over')
    await succeeded(db, 'inventory', 'products.list')
    t.match(await run(outage, true), { found: 1, healed: 0, dry_run: true, samples: ['products 1'] })
    t.same(await queue(db), [], 'a dry run asks for nothing')
    t.match(await run(outage), { found: 1, healed: 1, held: null })
    t.same(await queue(db), ['products 1 read bulk'])
    t.same(await trail(db), ['healing healing.dead-letters-outage 1 tds_dead_letter_queue'])
    t.equal(await counted(db, outage), 1)
    t.match(await state(outage), { healed_1h: 1, healed_24h: 1, waiting: 1, last_pass: { found: 1, healed: 1 } })
    t.match(await run(outage), { found: 0, healed: 0 }, 'what waits in the queue is not asked for twice')
  },
)

t.test('a reply without its list is asked for again once such a call succeeds', async (t) => {
  const { db, run } = await testHealing(t)
  await letter(db, { error_code: 'ZOHO_LIST_KEY', ago: '1 hour' })
  await succeeded(db, 'inventory', 'products.list')
  t.match(await run(outage), { found: 0, healed: 0 }, 'another call proves nothing')
  await succeeded(db, 'inventory', 'products.read')
  t.match(await run(outage), { found: 1, healed: 1 })
})

t.test('what dies again waits six hours, then a day, and is then left to people', async (t) => {
  const { db, run, state } = await testHealing(t)
  await letter(db, { error_code: 'ZOHO_TIMEOUT', ago: '1 hour' })
  const tried: string[] = []
  for (const wait of ['0 hours', '5 hours', '2 hours', '23 hours', '2 hours', '60 days']) {
    await later(db, wait)
    await succeeded(db, 'inventory', 'products.list')
    const { healed } = await run(outage)
    tried.push(`${wait}: ${healed}`)
    await dieAgain(db)
  }
  t.same(tried, ['0 hours: 1', '5 hours: 0', '2 hours: 1', '23 hours: 0', '2 hours: 1', '60 days: 0'])
  t.match(await state(outage), { given_up: 1, waiting: 0 })
})

t.test('a record that was healed and dies months later is a new letter with tries of its own', async (t) => {
  const { db, run, state } = await testHealing(t)
  await letter(db, { error_code: 'ZOHO_SERVER', ago: '1 hour' })
  await succeeded(db, 'inventory', 'products.list')
  t.match(await run(outage), { healed: 1 })
  await sql`delete from tds_sync_queue_live`.execute(db)
  await sql`update tds_dead_letter_queue set resolved = true`.execute(db)
  t.match(await state(outage), { waiting: 0, healed_24h: 1 }, 'it helped')
  await later(db, '3 hours')
  await letter(db, { error_code: 'ZOHO_SERVER', ago: '1 hour' })
  t.match(await run(outage), { healed: 1 })
})

t.test(
  'nothing is asked for while the breaker is open, the credentials are refused or little of the day is left',
  async (t) => {
    const { db, run, world } = await testHealing(t)
    await letter(db, { error_code: 'ZOHO_SERVER', ago: '1 hour' })
    await succeeded(db, 'inventory', 'products.list')
    world.zoho = open('inventory')
    t.match(await run(outage), { healed: 0, held: 'the breaker of inventory is open' })
    const { inventory, books } = calmZoho.products
    world.zoho = { ...calmZoho, products: { books, inventory: { ...inventory, dayRemaining: 400 } } }
    t.match(await run(outage), { healed: 0, held: "400 of the day's 2500 calls to inventory are left" })
    world.zoho = { ...calmZoho, token: { ...calmZoho.token, pausedAt: new Date() } }
    t.match(await run(outage), { healed: 0, held: 'Zoho refuses our credentials' })
    t.same(await queue(db), [])
    world.zoho = open('books')
    t.match(await run(outage), { healed: 1 }, 'the other product is no obstacle')
  },
)

t.test('a pass repairs no more than its limit, an hour no more than its own', async (t) => {
  const { db, run, set } = await testHealing(t)
  for (const id of ['1', '2', '3', '4', '5', '6'])
    await letter(db, { error_code: 'ZOHO_SERVER', source_entity_id: id, ago: '1 hour' })
  await succeeded(db, 'inventory', 'products.list')
  await set({ limit: 2, hourly_limit: 3 })(outage)
  t.match(await run(outage), { healed: 2 })
  t.match(await run(outage), { healed: 1 })
  t.match(await run(outage), { healed: 0, held: "the hour's 3 repairs are used" })
  t.equal((await queue(db)).length, 3)
  await later(db, '61 minutes')
  t.match(await run(outage), { healed: 2 }, 'the next hour has its own share')
})

t.test('records that died for want of a permission: one finds out, the rest follow its success', async (t) => {
  const { db, run } = await testHealing(t)
  for (const id of ['1', '2', '3']) await letter(db, { error_code: 'ZOHO_SCOPE', source_entity_id: id, ago: '1 hour' })
  t.match(await run(permission), { found: 1, healed: 1 })
  t.match(await run(permission), { found: 0, healed: 0 }, 'one an hour')
  await dieAgain(db)
  await later(db, '61 minutes')
  t.match(await run(permission), { healed: 1 }, 'another one')
  t.same(await queue(db), ['products 2 read bulk'])
  await dieAgain(db)
  await later(db, '61 minutes')
  t.match(await run(permission), { healed: 0 }, 'the second pause is longer')
  await succeeded(db, 'inventory', 'products.list')
  t.match(await run(permission), { healed: 0 }, 'a list proves nothing about records')
  await succeeded(db, 'inventory', 'products.read')
  t.match(await run(permission), { found: 1, healed: 1 }, 'those that were tried wait for their time')
  t.same(await queue(db), ['products 3 read bulk'])
  await later(db, '6 hours')
  t.match(await run(permission), { found: 2, healed: 2 })
})

t.test('records whose parent was not here are read again when it is', async (t) => {
  const { db, run } = await testHealing(t)
  await letter(db, { entity_type: 'pricing_lists', error_code: 'CURRENCY_UNKNOWN', ago: '1 hour' })
  await letter(db, { entity_type: 'invoices', error_code: '23503', source_entity_id: '7', ago: '1 hour' })
  t.match(await run(parent), { found: 0 })
  await sql`
    insert into tds_zoho_organization (organization_id, name, time_zone, currency_code, price_precision)
    values ('1', 'x', 'UTC', 'USD', 2)`.execute(db)
  t.match(await run(parent), { healed: 1, samples: ['pricing_lists 1'] })
  await sql`insert into customers (zoho_contact_id) values ('9')`.execute(db)
  t.match(await run(parent), { healed: 1, samples: ['invoices 7'] })
})

t.test('pictures that found no room are tried one by one until one was kept', async (t) => {
  const { db, run } = await testHealing(t)
  for (const id of ['1', '2', '3'])
    await letter(db, {
      entity_type: 'product_images',
      error_code: 'IMAGE_DISK_FULL',
      source_entity_id: id,
      ago: '1 hour',
    })
  t.match(await run(outage), { healed: 1 })
  t.same(await queue(db), ['product_images 1 image bulk'])
  await sql`
    insert into product_images (zoho_item_id, status, file_name, sha256, bytes, content_type, width, height, zoho_read_at)
    values ('1', 'present', '1.png', 'ab', 1, 'image/png', 1, 1, clock_timestamp())`.execute(db)
  t.match(await run(outage), { healed: 2 })
})

t.test('a switched-off action heals nothing; its dry run still says what there is', async (t) => {
  const { db, run, off } = await testHealing(t)
  await letter(db, { error_code: 'ZOHO_SERVER', ago: '1 hour' })
  await succeeded(db, 'inventory', 'products.list')
  await off(outage)
  await t.rejects(run(outage), { code: 'HEALING_OFF' })
  t.match(await run(outage, true), { found: 1 })
  t.same([await queue(db), await trail(db)], [[], []])
})
