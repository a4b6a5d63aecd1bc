import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from '../../../db/index.ts'
import { age, type Row, type World } from './world.ts'

const items = (world: World): readonly string[] => world.simulator.control.records.ids('items')
const tell = (world: World, id: string | undefined) => world.webhook('products', { item: { item_id: id } })
const soon = () => AbortSignal.timeout(20_000)
const verify = async (world: World, entityType: string, repair = false) => {
  const report = await world.ctx.verify.run({ entityTypes: [entityType], repair, signal: soon() })
  if (repair) await world.ctx.verify.repaired(report, soon())
}

/** Zoho takes calls and does not answer: three are in hand, which is all there is room for, and a fourth record is due. */
const held = (name: string, code: Row['code'], row: Pick<Row, 'check' | 'words' | 'thresholds'>): Row => ({
  name,
  code,
  severity: 'unhealthy',
  ...row,
  async break(world) {
    const { faults } = world.simulator.control
    const fault = faults.set({ kind: 'hold', path: '/inventory' })
    for (const [index, id] of items(world).slice(0, 3).entries()) {
      await tell(world, id)
      await faults.waiting(fault, index + 1, soon())
    }
    await tell(world, items(world)[3])
  },
  recover: async ({ simulator }) => simulator.control.faults.clear(),
})

/** The database refuses a statement of a table, as it does when its disk is full. */
const refuse = (world: World, when: 'insert' | 'update') =>
  sql
    .raw(
      `create function refuse() returns trigger language plpgsql as
         $$ begin raise exception 'no space left on device' using errcode = '53100'; end $$;
       create trigger refuse before ${when} on tds_inbox_events for each statement execute function refuse()`,
    )
    .execute(world.db)
const accept = (world: World) => sql.raw('drop function refuse() cascade').execute(world.db)

export const flows: readonly Row[] = [
  held('workers live, beat and end nothing', 'worker_hung', {
    check: 'workers',
    words: /no attempt has ended for/,
    thresholds: { stalled_seconds: { warning: 1, critical: 2 } },
  }),
  held('what is due is not taken', 'backlog', {
    check: 'queue',
    words: /1 item\(s\) are due/,
    thresholds: { oldest_due_seconds: { warning: 1, critical: 2 } },
  }),
  held('items stay in hand', 'stuck', {
    check: 'queue',
    words: /has been in hand for/,
    thresholds: { processing_seconds: { warning: 1, critical: 2 } },
  }),
  {
    name: 'attempts fail and are repeated',
    code: 'failing',
    check: 'queue',
    severity: 'degraded',
    words: /1 item\(s\) failed/,
    thresholds: { failed: { warning: 0, critical: 50 } },
    async break(world) {
      world.simulator.control.faults.set({ kind: 'unavailable', path: '/inventory', times: 3 })
      await tell(world, items(world)[0])
    },
    recover: async ({ simulator }) => simulator.control.faults.clear(),
  },
  {
    name: 'I18: a record cannot be read at all',
    code: 'dead_letters',
    check: 'dead_letters',
    severity: 'degraded',
    words: /1 dead letter/,
    async break(world) {
      world.simulator.control.faults.set({ kind: 'json-code', path: '/inventory', status: 200, code: 9, message: 'No' })
      await tell(world, items(world)[0])
    },
    async recover(world) {
      world.simulator.control.faults.clear()
      const { rows } = await sql<{ id: number }>`select id from tds_dead_letter_queue where not resolved`.execute(
        world.db,
      )
      await world.call('POST', `/api/tds/dlq/${rows[0]?.id}/requeue`, { reason: 'Zoho is well again' })
    },
  },
  {
    name: 'webhooks are kept and not looked at',
    code: 'webhooks_waiting',
    check: 'inbox',
    severity: 'unhealthy',
    words: /not queued yet/,
    thresholds: { waiting_webhook_seconds: { warning: 1, critical: 2 } },
    async break(world) {
      await refuse(world, 'update')
      await tell(world, items(world)[0])
    },
    recover: async (world) => void (await accept(world)),
  },
  {
    name: 'the database answers and refuses a webhook',
    code: 'database_refuses',
    check: 'database',
    severity: 'degraded',
    words: /takes no webhooks \(53100\)/,
    async break(world) {
      await refuse(world, 'insert')
      await tell(world, items(world)[0])
    },
    recover: async (world) => void (await accept(world)),
  },
  {
    name: 'a file of the spool is damaged',
    code: 'spool_damaged',
    check: 'inbox',
    severity: 'degraded',
    words: /1 file\(s\) of the spool/,
    async break(world) {
      const { dir } = world.config.spool
      await mkdir(dir, { recursive: true })
      await writeFile(join(dir, 'torn.events'), '')
    },
    recover: ({ config }) => rm(join(config.spool.dir, 'torn.events.corrupt')),
  },
  {
    name: 'the database answers and takes no webhooks',
    code: 'spool_waiting',
    check: 'inbox',
    severity: 'unhealthy',
    words: /in the spool for/,
    thresholds: { spool_seconds: { warning: 1, critical: 2 } },
    async break(world) {
      await refuse(world, 'insert')
      await tell(world, items(world)[0])
    },
    recover: async (world) => void (await accept(world)),
  },
  {
    name: 'I8: webhooks stop in an hour that is busy in other weeks',
    code: 'webhooks_silent',
    check: 'inbox',
    severity: 'degraded',
    words: /in this hour of the week 40 are usual/,
    async break(world) {
      await tell(world, items(world)[0])
      await world.quiet()
      await age(world, 'tds_inbox_events', 'received_at', '3 hours')
    },
    recover: (world) => tell(world, items(world)[1]),
  },
  {
    name: 'edits come and their webhooks do not',
    code: 'missed_webhooks',
    check: 'inbox',
    severity: 'degraded',
    words: /3 edit\(s\) that no webhook told of \(products 3\)/,
    thresholds: { calm_seconds: 0 },
    async break(world) {
      const { records } = world.simulator.control
      await sql`truncate tds_missed_edits`.execute(world.db)
      const told = sql<{
        id: string
      }>`select source_entity_id as id from tds_inbox_events where source_entity_id is not null`
      const known = new Set((await told.execute(world.db)).rows.map(({ id }) => id))
      for (const id of items(world)
        .filter((each) => !known.has(each))
        .slice(-3)) {
        records.change('items', id, { rate: 4321 })
      }
      const { id } = await world.sync('incremental', 'products')
      const theirs = sql`run_id = ${id}`
      await age(world, 'tds_sync_runs', 'settled_at', '15 minutes', sql`id = ${id}`)
      await age(world, 'tds_sync_runs', 'started_at', '15 minutes', sql`id = ${id}`)
      await age(world, 'tds_sync_logs', 'created_at', '15 minutes', theirs)
      await world.ctx.alerts.look()
    },
    async recover(world) {
      await age(world, 'tds_missed_edits', 'counted_at', '25 hours')
      await world.ctx.alerts.look()
    },
  },
  {
    name: 'I22: the sync of an entity ends no more',
    code: 'sync_overdue',
    check: 'sync',
    severity: 'unhealthy',
    words: /products: the last complete run ended 3 h ago/,
    break: async (world) =>
      void (await age(world, 'tds_sync_runs', 'settled_at', '3 hours 20 minutes', sql`entity_type = 'products'`)),
    recover: async (world) => void (await world.sync('incremental', 'products')),
  },
  {
    name: 'somebody holds the sync back and forgets it',
    code: 'paused',
    check: 'sync',
    severity: 'degraded',
    words: /^all work that calls Zoho is paused by somebody since .*Z: a test$/,
    break: async ({ ctx }) => void (await ctx.pauses.pause({ kind: 'zoho' }, { actor: 'somebody', reason: 'a test' })),
    recover: async ({ ctx }) => void (await ctx.pauses.resume({ kind: 'zoho' }, { actor: 'somebody', reason: 'over' })),
  },
  {
    name: 'somebody corrects a row by hand',
    code: 'drift',
    check: 'drift',
    severity: 'degraded',
    words: /products: the last verify found 1 difference/,
    async break(world) {
      await sql`update products set name = 'By hand' where zoho_item_id = ${items(world)[0] ?? ''}`.execute(world.db)
      await verify(world, 'products')
    },
    async recover(world) {
      await verify(world, 'products', true)
      await verify(world, 'products')
    },
  },
  {
    name: 'our own rows contradict each other',
    code: 'findings',
    check: 'drift',
    severity: 'degraded',
    words: /inventory_items: the last verify found 1 contradiction/,
    async break(world) {
      await sql`update inventory_items set zoho_item_id = '999' where id = (select min(id) from inventory_items)`.execute(
        world.db,
      )
      await verify(world, 'inventory_items')
    },
    async recover(world) {
      await sql`delete from inventory_items where zoho_item_id = '999'`.execute(world.db)
      await verify(world, 'inventory_items', true)
      await verify(world, 'inventory_items')
    },
  },
  {
    name: 'nothing was proven for more than a week',
    code: 'unverified',
    check: 'drift',
    severity: 'unhealthy',
    words: /customers: proven equal to Zoho 192 h ago for the last time/,
    async break(world) {
      await verify(world, 'customers')
      await age(world, 'tds_sync_cursors', 'verified_through', '8 days', sql`entity_type = 'customers'`)
    },
    recover: (world) => verify(world, 'customers'),
  },
  {
    name: 'I19: files vanish from the image folder',
    code: 'images_missing',
    check: 'images',
    severity: 'degraded',
    words: /2 picture\(s\)/,
    async break({ config: { images } }) {
      const names = (await readdir(images.dir)).filter((name) => name.startsWith('item_'))
      for (const name of names.slice(0, 2)) await rm(join(images.dir, name))
    },
    recover: async (world) => void (await world.sync('images', 'product_images')),
  },
  {
    name: 'most pictures cannot be used',
    code: 'images_failing',
    check: 'images',
    severity: 'unhealthy',
    words: /\d+ of \d+ pictures/,
    thresholds: { images_failing_least: 1, images_failing_percent: { warning: 0, critical: 1 } },
    break: async () => {},
    // The simulator's organisation has a few that are cut short or no pictures.
    recover: async () => {},
  },
  // Last: it leaves work behind that takes a while.
  {
    name: 'a run would change too much at once',
    code: 'run_held',
    check: 'sync',
    severity: 'degraded',
    words: /products is held/,
    async break(world) {
      const { records } = world.simulator.control
      for (const id of records.ids('items', ({ fields }) => fields.status === 'active'))
        records.change('items', id, { status: 'inactive' })
      await world.sync('full', 'products')
    },
    recover: async (world) => void (await world.sync('full', 'products', { acceptMassChange: true })),
  },
]
