import { sql } from '../../db/index.ts'
import { type Case, firstOf, type World } from './changes.ts'

async function idIn({ db }: World, table: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`select id from ${sql.table(table)} order by id limit 1`.execute(db)
  return String(rows[0]?.id)
}

async function picture({ db }: World): Promise<{ id: string; file: string }> {
  const { rows } = await sql<{ id: string; file: string }>`
    select zoho_item_id as id, regexp_replace(image_url, '^.*/|[?].*$', '', 'g') as file from products
    where image_url is not null order by 1 limit 1`.execute(db)
  return rows[0] ?? { id: '', file: '' }
}

/** Routes that look at one thing, after `changes` made them all: where one of it is. */
export const looks: Readonly<Record<string, (world: World) => Promise<Case>>> = {
  'get /dlq/{id}': async (world) => ({ path: `/dlq/${await idIn(world, 'tds_dead_letter_queue')}` }),
  'get /dlq/batches/{id}': async (world) => ({ path: `/dlq/batches/${await idIn(world, 'tds_dlq_batches')}` }),
  'get /events/{id}': async (world) => ({ path: `/events/${await firstOf(world, '/events', 'event_id')}` }),
  'get /rows/{entity}/{id}/history': async (world) => ({
    path: `/rows/products/${(await picture(world)).id}/history`,
  }),
  'get /alerts/{id}': async (world) => ({ path: `/alerts/${await idIn(world, 'tds_alerts')}` }),
  'get /statistics/{entity}': async () => ({ path: '/statistics/products' }),
  'get /syncs/{id}': async (world) => ({ path: `/syncs/${await idIn(world, 'tds_sync_runs')}` }),
  'get /syncs/{id}/events': async (world) => ({ path: `/syncs/${await idIn(world, 'tds_sync_runs')}/events` }),
  'get /schedules/{name}': async (world) => ({
    path: `/schedules/${encodeURIComponent(await firstOf(world, '/schedules', 'name'))}`,
  }),
  'get /verify/{id}': async (world) => ({ path: `/verify/${await idIn(world, 'tds_verify_runs')}` }),
  'get /verify/repairs/{id}': async (world) => ({ path: `/verify/repairs/${await idIn(world, 'tds_verify_repairs')}` }),
  'get /findings/{id}': async (world) => ({ path: `/findings/${await idIn(world, 'tds_findings')}` }),
  'get /findings/validations/{id}': async (world) => ({
    path: `/findings/validations/${await idIn(world, 'tds_validations')}`,
  }),
  'get /static/images/products/{file}': async (world) => ({
    path: `/static/images/products/${(await picture(world)).file}`,
  }),
  'get /product-images/{zoho_item_id}': async (world) => ({ path: `/product-images/${(await picture(world)).id}` }),
}
