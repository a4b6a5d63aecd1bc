import { join } from 'node:path'
import { sql } from '../../../db/index.ts'
import type { Timing } from '../../../src/zoho/index.ts'
import { environmentFor, secrets } from '../../helpers/environment.ts'
import type { Random } from '../../simulator/random.ts'
import { type Changed, createChanger } from '../changes.ts'
import { openFaultProxy } from '../fault-proxy.ts'
import { resources } from '../histories.ts'
import { bear } from '../incarnation.ts'
import type { World } from '../world.ts'
import { openForeigner } from './foreigner.ts'
import type { Row, Stage } from './row.ts'

/** Every pause towards Zoho a sixtieth of what it is; the waits of the queue as they are. */
export const sixtieth: Partial<Timing> = {
  windowMs: 1_000,
  deadlineMs: 1_500,
  permitSlackMs: 1_500,
  patienceMs: 11_000,
  breakerRestMs: 500,
  breakerMostMs: 4_000,
  retryMs: 20,
  tokenEarlyMs: 5_000,
  tokenGapMs: 1_000,
  tokenDeadlineMs: 1_000,
  tokenThrottledMs: 3_000,
  tokenPausedMs: 4_000,
  tokenLookMs: 20,
  scopeMemoryMs: 3_000,
}

export async function openStage(world: World, rows: readonly Row[], random: Random): Promise<Stage> {
  const { simulator, dataDir } = world
  const { control } = simulator
  control.reset()
  const database = await world.database(false)
  // Made under minutes of sixty seconds, which these lives do not have.
  await sql`delete from tds_zoho_calls`.execute(database.db)
  const proxy = await openFaultProxy(simulator.url)
  const foreigner = await openForeigner()
  const more = Object.assign({}, ...rows.map(({ env }) => env?.({ simulator })))
  const spool = { TDS_SPOOL_DIR: join(dataDir, `spool-${new URL(database.connectionString).pathname.slice(1)}`) }
  const env = environmentFor(simulator, dataDir, spool)
  const life = await bear({
    env: { ...env, ZOHO_API_URL: proxy.url, ZOHO_ACCOUNTS_URL: proxy.url, ...more },
    database: database.connectionString,
    db: database.db,
    zohoTiming: Object.assign({}, sixtieth, ...rows.map(({ timing }) => timing)),
    configure: (config) => rows.reduce((so, { configure }) => configure?.(so, { simulator, proxy }) ?? so, config),
  })
  const changer = createChanger(simulator)
  control.webhooks.set({
    target: `${life.url}/api/tds/webhooks`,
    secret: secrets.webhook,
    duplicatePercent: 10,
    reorder: true,
    retries: 0,
  })
  control.calls.reset()

  return {
    simulator,
    proxy,
    foreigner,
    db: database.db,
    connectionString: database.connectionString,
    life,
    random,
    env,
    async happen(changes) {
      const made: Changed[] = []
      while (made.length < changes) {
        const kind = random.oneOf(['edit', 'edit', 'edit', 'create', 'delete'] as const)
        const change = { kind, resource: random.oneOf(resources), pick: random.integer(0, 999), silent: false }
        const changed = changer.make({ ...change, value: random.integer(0, 999) })
        if (changed) made.push(changed)
      }
      await tell()
      return made.length
    },
    async edit(resource, id = random.sample(control.records.ids(resource), 1)[0] ?? '') {
      changer.again({ resource, id } as Changed, random.integer(0, 999)) // a resource of the changer's own list
      await tell()
      return id
    },
    async close() {
      control.faults.clear()
      proxy.clear()
      await life.stop()
      await proxy.close()
      await foreigner.close()
      control.reset()
      await database.end()
    },
  }

  /** Whatever Zoho does, its webhooks are taken. */
  async function tell(): Promise<void> {
    const refused = (await control.webhooks.deliver({ concurrency: 4 })).find(
      ({ dropped, status }) => !dropped && status !== 200,
    )
    if (refused) throw new Error(`A webhook was not taken: ${JSON.stringify(refused)}`)
  }
}

/** Rows that say a record is deleted which Zoho has. */
export async function wronglyDeleted({ simulator, db }: Stage): Promise<string[]> {
  const found: string[] = []
  for (const [table, key, resource] of tables) {
    const { rows } = await sql<{ id: string }>`
      select ${sql.ref(key)} as id from ${sql.table(table)} where deleted_at is not null`.execute(db)
    const living = new Set(simulator.control.records.ids(resource))
    for (const { id } of rows) if (living.has(id)) found.push(`${table} ${id}`)
  }
  return found
}

const tables = [
  ['products', 'zoho_item_id', 'items'],
  ['categories', 'zoho_category_id', 'categories'],
  ['warehouses', 'zoho_location_id', 'locations'],
  ['pricing_lists', 'zoho_pricebook_id', 'pricebooks'],
  ['invoices', 'zoho_invoice_id', 'invoices'],
  ['bills', 'zoho_bill_id', 'bills'],
  ['credit_notes', 'zoho_creditnote_id', 'creditnotes'],
  ['sales_orders', 'zoho_salesorder_id', 'salesorders'],
  ['purchase_orders', 'zoho_purchaseorder_id', 'purchaseorders'],
  ['customer_payments', 'zoho_payment_id', 'customerpayments'],
  ['vendor_payments', 'zoho_payment_id', 'vendorpayments'],
] as const
