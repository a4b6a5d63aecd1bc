import { setImmediate } from 'node:timers/promises'
import type { Test } from 'tap'
import { type OpenDatabase, sql } from '../../db/index.ts'
import { createInbox, type Inbox, type InboxOptions, type ModuleRoute } from '../../src/inbox/index.ts'
import { createLog } from '../../src/log.ts'
import { enqueue } from '../../src/queue/index.ts'
import { systemClock } from '../../src/runtime/index.ts'

export const silent = createLog({ level: 'silent', pretty: false })
export const webhookKey = 'a-static-key-of-thirty-two-characters'

const routes: Readonly<Record<string, ModuleRoute>> = {
  products: { entityType: 'products', idFields: ['item_id'], payloadKeys: ['item'], lane: 'read', priority: 1 },
  invoices: { entityType: 'invoices', idFields: ['invoice_id'], payloadKeys: ['invoice'], lane: 'read', priority: 1 },
}
export const resolve = (module: string): ModuleRoute | null => routes[module] ?? null

export interface Bench {
  readonly inbox: Inbox
  readonly spoolDir: string
}

/** An inbox over this database and the real queue; stopped when the test ends. */
export function inboxOver(t: Test, { db, pool }: OpenDatabase, over: Partial<InboxOptions> = {}): Bench {
  const spoolDir = over.spool?.dir ?? t.testdir({})
  const inbox = createInbox({
    db,
    pool,
    webhook: { secrets: [], key: webhookKey, observe: false },
    spool: { dir: spoolDir, maxBytes: 50_000_000 },
    organizationId: '60069194202',
    resolve,
    enqueue,
    clock: systemClock,
    log: silent,
    ...over,
  })
  t.teardown(() => inbox.stop())
  return { inbox, spoolDir }
}

/** Asks again and again until it is so; fails after 20 s. */
export async function until(condition: () => boolean | Promise<boolean>, words: string): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Never came: ${words}`)
    await setImmediate()
  }
}

export interface EventRow {
  readonly event_id: string
  readonly module: string
  readonly status: string
  readonly reason: string | null
  readonly duplicate_of: string | null
  readonly entity_type: string | null
  readonly source_entity_id: string | null
  readonly requested_version: number | null
  readonly body: Buffer | null
}

/** Events with their bytes, in the order of arrival. */
export async function eventsIn({ db }: OpenDatabase): Promise<readonly EventRow[]> {
  const { rows } = await sql<EventRow>`
    select e.event_id, e.module, e.status, e.reason, e.duplicate_of, e.entity_type, e.source_entity_id,
      e.requested_version, p.body
    from tds_inbox_events e left join tds_inbox_payloads p using (event_id)
    order by e.event_id`.execute(db)
  return rows
}

export const byId = (rows: readonly EventRow[], eventId: string): EventRow | undefined =>
  rows.find((row) => row.event_id === eventId)
