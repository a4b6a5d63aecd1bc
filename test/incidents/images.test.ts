import { readdir } from 'node:fs/promises'
import t from 'tap'
import { sql } from '../../db/index.ts'
import { secrets, startService, until } from '../helpers/service.ts'
import { ask, eventually, openAlerts, rowOf, rowsOf, tell } from './setup.ts'

const service = await startService(t, {
  simulator: { items: 16 },
  env: { TDS_PUBLIC_URL: 'https://tds.example.com' },
})
const { db, simulator, sync, config, url } = service
const { records, images, webhooks, oauth, calls } = simulator.control

const isPresent = (id: string) =>
  sql`select exists (select from product_images where zoho_item_id = ${id} and status = 'present')`
const picture = async (id: string) => {
  const reply = await fetch(`${url}/product-images/${id}.jpg`)
  return { type: reply.headers.get('content-type'), tag: reply.headers.get('etag'), bytes: await reply.bytes() }
}
const files = async () => (await readdir(config.images.dir)).filter((name) => name.startsWith('item_')).sort()

/** One renewal is tried before a refusal is believed, and renewals are a minute apart. */
const letRenew = () =>
  sql`
  update tds_zoho_token set attempted_at = attempted_at - interval '2 minutes', refreshed_at = refreshed_at - interval '2 minutes'`.execute(
    db,
  )

let placeholder = ''
t.before(async () => {
  placeholder = (await picture('1')).tag ?? ''
  for (const name of ['warehouses', 'categories', 'products', 'inventory_items', 'product_images'])
    await sync('full', name)
})

t.test('I29: a new item gets its picture by itself, told by webhook or found by the timetable', async (t) => {
  webhooks.set({ target: `${url}/api/tds/webhooks`, secret: secrets.webhook })
  const told = records.create('items', { name: 'New, told' }).id
  images.replace(told)
  await webhooks.deliver()
  await until(db, 'its picture is here', isPresent(told))
  webhooks.set({})
  const found = records.create('items', { name: 'New, found' }).id
  images.replace(found)
  await sync('incremental', 'products')
  await until(db, 'its picture is here', isPresent(found))
  for (const id of [told, found]) t.match(await picture(id), { type: 'image/jpeg', tag: /^"[\da-f]{64}"$/ })
  t.not((await picture(told)).tag, placeholder)
})

t.test('I29: a picture that is lost on disk comes back with the sweep', async (t) => {
  const { id, file_name } = await rowOf(
    db,
    sql`select zoho_item_id as id, file_name from product_images where status = 'present' limit 1`,
  )
  const { unlink } = await import('node:fs/promises')
  await unlink(`${config.images.dir}/${file_name}`)
  t.equal((await picture(String(id))).tag, placeholder)
  await sync('images', 'product_images')
  t.not((await picture(String(id))).tag, placeholder)
})

t.test('I19: no address is stored; what is stored leads to the picture wherever the service stands', async (t) => {
  const rows = await rowsOf(
    db,
    sql`select image_url, images from products where image_url is not null
      union all select image_url, null from v_products_catalog where image_url is not null`,
  )
  t.ok(rows.length > 5)
  for (const { image_url, images: shown } of rows) {
    t.match(image_url, /^\/static\/images\/products\/item_\d+_[^/]*$/)
    t.notMatch(JSON.stringify(shown ?? null), /:\/\/|localhost|127\.0\.0\.1/)
  }
  const stored = await rowOf(
    db,
    sql`select count(*) as n from (select p.image_url from products p union all select i::text from product_images i) x
      where image_url ~ '://|localhost|127[.]0[.]0[.]1'`,
  )
  t.same(stored, { n: 0 })
  const reply = await fetch(url + rows[0]?.image_url)
  t.match({ status: reply.status, type: reply.headers.get('content-type') }, { status: 200, type: /^image\// })
})

t.test('I11: a refusal that comes as JSON with 200 is no picture: it stops the job and is told', async (t) => {
  const pictured = records.ids('items', ({ picture: kept }) => kept?.kind === 'jpeg')
  const [id = ''] = pictured
  const before = { files: await files(), picture: await picture(id) }
  await letRenew()
  images.setAccess('refused-200')
  for (const each of pictured) images.replace(each)
  await sync('incremental', 'products')
  await until(
    db,
    'the pictures wait',
    sql`select exists (select from tds_sync_queue_live where entity_type = 'product_images' and wait_reason is not null)
      and exists (select from tds_alerts where fingerprint = 'images-scope')`,
  )
  t.match((await openAlerts(service)).get('images-scope'), { severity: 'critical' })
  t.same({ files: await files(), picture: await picture(id) }, before, 'what was there is there and shown')
  t.match(await rowOf(db, sql`select count(*) as n from tds_dead_letter_queue`), { n: 0 })
  images.setAccess('allowed')
})

t.test('I1: refused credentials pause the sync, are told at once, and are not tried again and again', async (t) => {
  const [id = ''] = records.ids('items', ({ picture: kept }) => kept?.kind === 'jpeg')
  const shown = await picture(id)
  await letRenew()
  oauth.refuse('invalid_client')
  oauth.expire()
  calls.reset()
  for (const item of records.ids('items')) {
    records.change('items', item, { rate: 5 })
    t.equal((await tell(service, 'items', JSON.stringify({ item: { item_id: item } }))).status, 200)
  }
  const { json } = await eventually(
    db,
    'health says it',
    () => ask(service, '/api/tds/health'),
    ({ status }) => status === 503,
  )
  t.match(json, { status: 'unhealthy', reasons: [{ code: 'token_paused', words: /invalid_client/ }] })
  t.match((await openAlerts(service)).get('token-dead'), { severity: 'critical', message: /invalid_client/ })
  await until(
    db,
    'the work waits',
    sql`select bool_and(status = 'pending') and bool_or(wait_reason is not null) from tds_sync_queue_live`,
  )
  t.match(await sync('incremental', 'products'), {
    status: 'incomplete',
    error_code: 'ZOHO_TOKEN_REJECTED',
    written: 0,
  })
  t.equal(calls.report().byPurpose.token, 1)
  t.match(await rowOf(db, sql`select count(*) as n from tds_dead_letter_queue`), { n: 0 })
  t.same(await picture(id), shown, 'pictures are served as ever')
})
