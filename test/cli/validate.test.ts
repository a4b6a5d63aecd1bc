import t from 'tap'
import { sql } from '../../db/index.ts'
import { commands, runCli } from '../../src/cli/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { environmentFor } from '../helpers/service.ts'
import { createSimulator } from '../simulator/index.ts'
import { insertAll } from '../sync/verify/documents.ts'

t.test('validate asks our rows, verify lists, shows, previews and repairs what was compared', async (t) => {
  const simulator = await createSimulator({ items: 12, limits: 'relaxed' })
  t.teardown(() => simulator.close())
  const { connectionString, db } = await testDatabase(t)
  const env = environmentFor(simulator, t.testdir(), { DATABASE_URL: connectionString })
  const tds = async (...argv: string[]) => {
    let stdout = ''
    let stderr = ''
    const code = await runCli({
      argv,
      commands,
      env,
      stdout: { write: (part) => (stdout += part) },
      stderr: { write: (part) => (stderr += part) },
      signal: new AbortController().signal,
    })
    return { code, stdout, stderr, json: () => JSON.parse(stdout) }
  }
  const by = 'validate'
  t.match(await tds(by), { code: 0, stdout: /\d+ rules: 0 new, 0 over\./ })
  t.match((await tds(by, '--rules')).stdout, /negative_price +error/)
  await insertAll(db, 'products', [{ zoho_item_id: '1', name: 'Cable', currency_code: 'USD', stock_on_hand: '-3' }])
  t.match(
    await tds(by),
    { code: 0, stdout: /stock_on_hand is below zero.+0 or more expected, -3 found/ },
    'a warning is no failure',
  )
  await sql`update products set unit_price = -2`.execute(db)
  const failed = await tds(by, 'negative_price', '--json')
  t.equal(failed.code, 1)
  t.match(failed.json(), { opened: 1, total: 1, items: [{ rule: 'negative_price', severity: 'error' }] })
  t.match(await tds(by, 'nonsense'), { code: 2, stderr: /There is no rule nonsense/ })
  t.equal((await tds(by, '--severity', 'loud')).code, 2)

  t.match(await tds('verify', 'list'), { code: 0, stdout: /Nothing was compared yet/ })
  await tds('sync', 'full', 'warehouses')
  t.match((await tds('verify', 'warehouses')).stdout, 'Nothing differs')
  t.match((await tds('verify', 'show', 'latest')).stdout, 'Nothing differs')
  await sql`update warehouses set name = 'wrong' where zoho_location_id = (select min(zoho_location_id) from warehouses)`.execute(
    db,
  )
  t.equal((await tds('verify', 'warehouses')).code, 1)
  const { items, total } = (await tds('verify', 'list', '--json')).json()
  t.match(items, [
    { state: 'done', ok: false, trigger: 'cli', differences: 1 },
    { state: 'done', ok: true },
  ])
  t.equal(total, 2)
  const preview = await tds('verify', 'repair', items[0].id, '--dry-run', '--json')
  t.match(preview.json(), { count: 1, batch_id: null, samples: [{ entity_type: 'warehouses' }] })
  const { preview_id } = preview.json()
  const repaired = await tds('verify', 'repair', 'latest', '--preview', preview_id, '--reason', 'typed by hand')
  t.match(repaired, { code: 0, stdout: new RegExp(`1 records are read again as ${preview_id}`) })
  const { rows } = await sql`select source_entity_id from tds_sync_queue_live where entity_type = 'warehouses'`.execute(
    db,
  )
  t.equal(rows.length, 1)
  t.match(await tds('verify', 'cancel', items[0].id), { code: 1, stderr: /is done: nothing is left to cancel/ })
  t.equal((await tds('verify', 'show', 'nonsense')).code, 2)
})
