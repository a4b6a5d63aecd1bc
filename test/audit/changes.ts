import { createHmac } from 'node:crypto'
import type { Test } from 'tap'
import { sql } from '../../db/index.ts'
import { letter } from '../dead-letters/setup.ts'
import { type Service, secrets, startService, until } from '../helpers/service.ts'

export type Ask = (
  method: string,
  path: string,
  body?: object,
) => Promise<{ status: number; body: Record<string, never> }>

export interface World extends Pick<Service, 'db' | 'simulator' | 'url'> {
  readonly ask: Ask
}

/** What to send so that the route really changes something; `path` where the contract's path has a name in it. */
export interface Case {
  readonly path?: string
  readonly body?: object
}

/** What each change gives as its reason. */
export const why = 'a test of the trail'

/** A service whose entities are all read, and how an operator asks it. */
export async function startWorld(t: Test): Promise<World> {
  const service = await startService(t, { simulator: { items: 20 } })
  await service.syncAll()
  const ask: Ask = async (method, path, body) => {
    const reply = await fetch(`${service.url}/api/tds${path}`, {
      method: method.toUpperCase(),
      headers: { authorization: `Bearer ${secrets.admin}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    return { status: reply.status, body: JSON.parse((await reply.text()) || '{}') }
  }
  return { ...service, ask }
}

const openLetter = (db: World['db'], id: string) => letter(db, { source_entity_id: id, error_code: 'ZOHO_SCOPE' })

export async function firstOf({ ask }: World, path: string, key: string): Promise<string> {
  const { body } = await ask('GET', path)
  const items = body.items as unknown as readonly Record<string, string>[]
  return String(items[0]?.[key])
}

/** A full run of products that waits for Zoho. */
async function waitingRun({ ask, simulator, db }: World): Promise<number> {
  simulator.control.faults.set({ kind: 'hold', path: '/inventory/v1/items' })
  await until(
    db,
    'no run goes on',
    sql`select not exists (select from tds_sync_runs where status in ('queued', 'running', 'read'))`,
  )
  const { body } = await ask('POST', '/syncs', { mode: 'full', entities: ['products'], reason: why })
  const id = (body.runs as unknown as readonly { id: number }[])[0]?.id ?? 0
  await until(db, 'it asks Zoho', sql`select status = 'running' from tds_sync_runs where id = ${id}`)
  return id
}

/** The one that waits. */
async function latestRun({ db }: World): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    select max(id) as id from tds_sync_runs where entity_type = 'products' and mode = 'full'`.execute(db)
  return rows[0]?.id ?? 0
}

async function makeKey({ ask }: World): Promise<string> {
  const { body } = await ask('POST', '/keys', { name: 'made', scopes: ['stats:read'], reason: why })
  return String(body.id)
}

async function finding(world: World): Promise<string> {
  await sql`update products set unit_price = -5`.execute(world.db)
  await world.ask('POST', '/findings/validate', {})
  return firstOf(world, '/findings?state=open', 'id')
}

async function compared({ ask, db }: World): Promise<number> {
  await until(db, 'none compares', sql`select not exists (select from tds_verify_runs where state = 'running')`)
  const { body } = await ask('POST', '/verify', { entities: ['warehouses'], reason: why })
  await until(db, 'it is compared', sql`select state = 'done' from tds_verify_runs where id = ${body.id}`)
  return body.id ?? 0
}

/** In order, for one builds on another; each route of the contract that changes something is here. */
export const changes: Readonly<Record<string, (world: World) => Promise<Case>>> = {
  'post /dlq/requeue': async ({ db }) => ({ body: { ids: [await openLetter(db, '1')], reason: why } }),
  'post /dlq/{id}/requeue': async ({ db }) => ({
    path: `/dlq/${await openLetter(db, '2')}/requeue`,
    body: { reason: why },
  }),
  'post /dlq/{id}/resolve': async ({ db }) => ({
    path: `/dlq/${await openLetter(db, '3')}/resolve`,
    body: { note: why },
  }),
  'post /dlq/resolve': async ({ db }) => ({ body: { ids: [await openLetter(db, '4')], note: why } }),
  'post /dlq/batches/{id}/cancel': async ({ db }) => {
    const { rows } = await sql<{ id: string }>`
      insert into tds_dlq_batches (id, frozen_at, total, actor, reason, confirmed_at)
      values (gen_random_uuid(), now(), 100, 'cli', 'x', now()) returning id`.execute(db)
    return { path: `/dlq/batches/${rows[0]?.id}/cancel`, body: { reason: why } }
  },
  'post /events/replay': async ({ url, db }) => {
    const signature = createHmac('sha256', secrets.webhook).update('{}').digest('hex')
    const headers = { 'content-type': 'application/json', 'x-zoho-webhook-signature': signature }
    const reply = await fetch(`${url}/api/tds/webhooks/products`, { method: 'POST', body: '{}', headers })
    const { event_id } = (await reply.json()) as { event_id: string }
    await until(db, 'it is parked', sql`select status = 'parked' from tds_inbox_events where event_id = ${event_id}`)
    return { body: { ids: [event_id], reason: why } }
  },
  'post /keys': async () => ({ body: { name: 'ERP', scopes: ['stats:read'], reason: why } }),
  'post /keys/{id}/rotate': async (world) => ({
    path: `/keys/${await makeKey(world)}/rotate`,
    body: { overlap_hours: 1, reason: why },
  }),
  'delete /keys/{id}': async (world) => ({ path: `/keys/${await makeKey(world)}?reason=${encodeURIComponent(why)}` }),
  'post /alerts/{id}/acknowledge': async ({ db }) => {
    const { rows } = await sql<{ id: number }>`
      insert into tds_alerts (fingerprint, severity, title, message) values ('x', 'warning', 'x', 'x') returning id`.execute(
      db,
    )
    return { path: `/alerts/${rows[0]?.id}/acknowledge`, body: { note: why } }
  },
  'post /alerts/test': async () => ({}),
  'put /alerts/thresholds/{name}': async (world) => {
    const { body } = await world.ask('GET', '/alerts/thresholds')
    const [first] = body.items as unknown as readonly { name: string; default: unknown }[]
    return { path: `/alerts/thresholds/${first?.name}`, body: { value: first?.default, reason: why } }
  },
  'put /settings/{name}': async () => ({ path: '/settings/retention.events_days', body: { value: 60, reason: why } }),
  'post /syncs/pause': async () => ({ body: { mode: 'sweep', reason: why } }),
  'post /syncs/resume': async () => ({ body: { mode: 'sweep', reason: why } }),
  'post /syncs': async () => ({ body: { mode: 'full', entities: ['warehouses'], reason: why } }),
  'post /syncs/{id}/pause': async (world) => ({
    path: `/syncs/${await waitingRun(world)}/pause`,
    body: { reason: why },
  }),
  'post /syncs/{id}/resume': async (world) => ({
    path: `/syncs/${await latestRun(world)}/resume`,
    body: { reason: why },
  }),
  'post /syncs/{id}/cancel': async (world) => ({
    path: `/syncs/${await latestRun(world)}/cancel`,
    body: { reason: why },
  }),
  'patch /schedules/{name}': async (world) => ({
    path: `/schedules/${encodeURIComponent(await firstOf(world, '/schedules', 'name'))}`,
    body: { cron: '*/17 * * * *', reason: why },
  }),
  'post /schedules/{name}/run': async (world) => ({
    path: `/schedules/${encodeURIComponent(await firstOf(world, '/schedules', 'name'))}/run`,
    body: { reason: why },
  }),
  'patch /cursors/{entity}': async () => ({
    path: '/cursors/products',
    body: { modified_since: '2026-01-01T00:00:00Z', reason: why },
  }),
  'patch /budget': async () => ({ body: { backfill_percent: 30, reason: why } }),
  'post /queue/pause': async () => ({ body: { lane: 'image', reason: why } }),
  'post /queue/resume': async () => ({ body: { lane: 'image', reason: why } }),
  'post /images/sync': async () => ({ body: { reason: why } }),
  'put /healing/{action}': async (world) => ({
    path: `/healing/${await firstOf(world, '/healing', 'action')}`,
    body: { enabled: false, reason: why },
  }),
  'post /healing/{action}/run': async () => ({ path: '/healing/missing-files/run', body: { reason: why } }),
  'post /findings/validate': async () => ({ body: {} }),
  'post /findings/{id}/accept': async (world) => ({
    path: `/findings/${await finding(world)}/accept`,
    body: { until: '2099-01-31T00:00:00Z', reason: why },
  }),
  'post /findings/{id}/unaccept': async (world) => ({
    path: `/findings/${await firstOf(world, '/findings?state=accepted', 'id')}/unaccept`,
    body: { reason: why },
  }),
  'put /findings/settings/{name}': async (world) => {
    const { body } = await world.ask('GET', '/findings/settings')
    const [first] = body.items as unknown as readonly { name: string; default: unknown }[]
    return { path: `/findings/settings/${first?.name}`, body: { value: first?.default, reason: why } }
  },
  'post /verify/{id}/cancel': async ({ ask, simulator }) => {
    simulator.control.faults.clear()
    simulator.control.faults.set({ kind: 'hold', path: '/inventory/v1/items' })
    const { body } = await ask('POST', '/verify', { entities: ['products'], reason: why })
    return { path: `/verify/${body.id}/cancel`, body: { reason: why } }
  },
  'post /verify/{id}/repair': async (world) => {
    world.simulator.control.faults.clear()
    await sql`update warehouses set name = 'Damaged'`.execute(world.db)
    return { path: `/verify/${await compared(world)}/repair`, body: { reason: why } }
  },
  'post /verify/repairs/{id}/cancel': async ({ db }) => {
    const { rows } = await sql<{ id: string }>`
      insert into tds_verify_repairs (id, run_id, total, actor, reason, confirmed_at)
      select gen_random_uuid(), id, 100, 'cli', 'x', now() from tds_verify_runs limit 1 returning id`.execute(db)
    return { path: `/verify/repairs/${rows[0]?.id}/cancel`, body: { reason: why } }
  },
  'post /verify': async () => ({ body: { entities: ['warehouses'], sample: 5, reason: why } }),
}
