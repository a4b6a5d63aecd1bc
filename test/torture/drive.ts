import { join } from 'node:path'
import type { Db } from '../../db/index.ts'
import { environmentFor, secrets } from '../helpers/environment.ts'
import { type Changed, createChanger } from './changes.ts'
import { compare } from './compare.ts'
import type { History, Step } from './histories.ts'
import { bear, type Incarnation } from './incarnation.ts'
import { checkInvariants } from './invariants.ts'
import { drained, reconcile } from './reconcile.ts'
import type { World } from './world.ts'

/** What a history did, for counting that something was tried at all. */
export interface Tried {
  deaths: number
  changes: number
  delivered: number
  held: number
}

/** Lets one history happen and compares its end with Zoho. @throws what is wrong, in words */
export async function drive(world: World, history: History): Promise<Tried> {
  const { control } = world.simulator
  control.reset()
  const database = await world.database(history.empty)
  const driver = await createDriver(world, history, database.connectionString, database.db)
  try {
    for (const step of history.steps) await driver.take(step)
    await driver.finish()
    return driver.tried
  } finally {
    control.faults.clear()
    control.clock.reset()
    control.webhooks.reset()
    await driver.end()
    await database.end()
  }
}

async function createDriver(world: World, history: History, database: string, db: Db) {
  const { control } = world.simulator
  const changer = createChanger(world.simulator)
  const spool = join(world.dataDir, `spool-${new URL(database).pathname.slice(1)}`)
  const env = environmentFor(world.simulator, world.dataDir, { TDS_SPOOL_DIR: spool })
  const tried: Tried = { deaths: 0, changes: 0, delivered: 0, held: 0 }
  const underWay = new Set<Promise<unknown>>()
  const dead: Incarnation[] = []
  let life = await bear({ env, database, db })
  setWebhooks()
  return { tried, take, finish, end }

  async function take(step: Step): Promise<void> {
    await live()
    switch (step.do) {
      case 'change':
        note(changer.make(step.change))
        return
      case 'twice':
        return twice(step)
      case 'deliver':
        return waitOrNot(deliver(), step.wait)
      case 'poll':
        return waitOrNot(poll(step.mode, step.entity), step.wait)
      case 'inside':
        return inside(step)
      case 'die':
        life.dieAt(step.requests, step.moment)
        return
      case 'breathe':
        return drained(life, db).catch((error: unknown) => unlessDead(error))
    }
  }

  /** One incremental and one reconcile cycle later the tables equal Zoho. */
  async function finish(): Promise<void> {
    life.dieAt(Number.POSITIVE_INFINITY, 'sent')
    await live()
    await Promise.all(underWay)
    await live()
    await deliver()
    await reconcile(life, db)
    await checkInvariants(db, control.webhooks.log())
    await compare(world.simulator, life, db)
  }

  async function end(): Promise<void> {
    await Promise.allSettled(underWay)
    await Promise.all([...dead, life].map((each) => each.stop()))
  }

  /** A dead service is followed by the next one. */
  async function live(): Promise<void> {
    if (!life.isDead) return
    tried.deaths += 1
    const last = life
    await last.kill()
    dead.push(last)
    life = await bear({ env, database, db })
    setWebhooks()
  }

  function setWebhooks(): void {
    control.webhooks.set({
      target: `${life.url}/api/tds/webhooks`,
      secret: secrets.webhook,
      template: history.template,
      dropPercent: history.dropPercent,
      duplicatePercent: history.duplicatePercent,
      reorder: true,
      retries: 0,
    })
  }

  async function waitOrNot(work: Promise<unknown>, wait: boolean): Promise<void> {
    const tracked = work.catch(unlessDead).finally(() => underWay.delete(tracked))
    underWay.add(tracked)
    if (wait) await tracked
  }

  async function deliver(): Promise<void> {
    tried.delivered += (await control.webhooks.deliver({ concurrency: 3 })).filter(
      ({ status }) => status === 200,
    ).length
  }

  async function poll(mode: 'incremental' | 'full' | 'sweep', pick: number): Promise<void> {
    const entities = life.ctx.sync.entitiesFor(mode, [])
    const entity = entities[pick % entities.length]
    if (entity) await run(mode, entity.name)
  }

  async function run(mode: 'incremental' | 'full' | 'sweep', entityType: string): Promise<void> {
    const { ctx, signal } = life
    await ctx.sync.run({ entityType, mode, trigger: 'torture' }, { signal, settleWithinMs: 300 })
  }

  async function twice({ change, next, between }: Step & { do: 'twice' }): Promise<void> {
    const second = Math.floor(control.clock.now() / 1000)
    control.clock.freeze()
    const changed = note(changer.make(change))
    if (changed && between === 'webhook') await deliver()
    if (changed && between === 'poll') await waitOrNot(run('incremental', entityOf(changed)), true)
    // Later than this it would not be the same second any more.
    if (Date.now() > (second + 1.9) * 1000) control.clock.reset()
    if (changed) changer.again(changed, next)
    control.clock.reset()
  }

  /** The change comes while a call is under way that reads the record. */
  async function inside({ change, read, answered }: Step & { do: 'inside' }): Promise<void> {
    const kind = answered ? 'hold-answer' : 'hold'
    const purpose = read === 'detail' && change.resource === 'items' ? 'items bulk' : `${change.resource} ${read}`
    const hold = control.faults.set({ kind, purpose, times: 1 })
    const ids = control.records.ids(change.resource)
    const id = ids[change.pick % Math.max(ids.length, 1)]
    if (read === 'list')
      void waitOrNot(run('incremental', entityOf({ resource: change.resource, id: id ?? '' })), false)
    else if (id !== undefined) {
      control.webhooks.announce(change.resource, id, 'edited')
      await deliver()
    }
    const isHeld = await control.faults.waiting(hold, 1, AbortSignal.timeout(300)).then(
      () => true,
      () => false,
    )
    if (isHeld) tried.held += 1
    note(changer.make(change))
    control.faults.clear(hold)
  }

  function note(changed: Changed | undefined): Changed | undefined {
    if (changed) tried.changes += 1
    return changed
  }

  function entityOf({ resource, id }: Changed): string {
    if (resource !== 'contacts') return entities[resource]
    const isVendor =
      control.records.ids('contacts').includes(id) &&
      control.records.get('contacts', id).fields.contact_type === 'vendor'
    return isVendor ? 'suppliers' : 'customers'
  }

  function unlessDead(error: unknown): void {
    if (life.isDead || isExpected(error)) return
    throw error
  }
}

/** Two polls of one entity at once: the second is refused, as it should be. */
const isExpected = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'SYNC_ALREADY_RUNNING'

const entities = {
  items: 'products',
  categories: 'categories',
  pricebooks: 'pricing_lists',
  compositeitems: 'composite_items',
  salesorders: 'sales_orders',
  purchaseorders: 'purchase_orders',
  invoices: 'invoices',
  bills: 'bills',
  creditnotes: 'credit_notes',
  customerpayments: 'customer_payments',
  vendorpayments: 'vendor_payments',
  inventoryadjustments: 'stock_adjustments',
  transferorders: 'stock_transfers',
} as const
