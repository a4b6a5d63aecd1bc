import { chance, eventually } from '../trial.ts'
import { inSession } from './owner.ts'
import type { Stage } from './stage.ts'

/**
 * An adversary holds a product and wants its queue row; TDS holds the queue row and wants the product. TDS looks for
 * deadlocks sooner, so it is the one that gives way.
 * @returns whether it came to that
 */
export function deadlock({ admin, world, random }: Stage): Promise<boolean> {
  const { records, webhooks } = world.simulator.control
  const [id = ''] = random.sample(records.ids('items'), 1)
  return inSession(admin, async (adversary) => {
    await adversary.query(`set deadlock_timeout = '20s'`)
    await adversary.query('begin')
    const { rowCount } = await adversary.query('select from products where zoho_item_id = $1 for update', [id])
    if (rowCount !== 1) return false
    records.change('items', id, { rate: random.integer(1, 9_999) })
    const delivered = webhooks.deliver({ concurrency: 4 })
    try {
      await eventually('TDS waits for the product', 8_000, async () => {
        const { rows } = await adversary.query(
          `select from pg_stat_activity
           where application_name like 'tds %' and wait_event_type = 'Lock' and pg_backend_pid() = any (pg_blocking_pids(pid))`,
        )
        return rows.length > 0 || undefined
      })
      await adversary.query(
        `select from tds_sync_queue_live where entity_type = 'products' and source_entity_id = $1 for update`,
        [id],
      )
      await chance(random, 0, 50)
      return true
    } catch {
      // It was too slow to be waited for, or the adversary itself had to give way.
      return false
    } finally {
      await adversary.query('rollback')
      await delivered
    }
  })
}
