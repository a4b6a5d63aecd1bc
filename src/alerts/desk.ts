import type { Selectable } from 'kysely'
import { type Database, type Db, sql } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import { inputError } from '../errors.ts'

export type Alert = Selectable<Database['tds_alerts']>
export type Delivery = Selectable<Database['tds_alert_deliveries']>

export interface AlertFilter {
  readonly status?: Alert['status'] | undefined
  /** Open and acknowledged ones together, or only what is over. */
  readonly open?: boolean | undefined
  readonly severity?: Alert['severity'] | undefined
  readonly fingerprint?: string | undefined
}

/** What an operator does with alerts. */
export interface AlertDesk {
  /** Newest first; `after` is `next` of the page before. */
  list(o: AlertFilter & { readonly limit: number; readonly after?: number | undefined }): Promise<{
    readonly items: readonly Alert[]
    readonly total: number
    readonly next: number | null
  }>
  /** One alert and the notices that were made of it. @throws TdsError `ALERT_UNKNOWN` with status 404 */
  get(id: number): Promise<{ readonly alert: Alert; readonly deliveries: readonly Delivery[] }>
  /** Somebody looks after it: no more reminders, until it gets worse. @throws TdsError `ALERT_UNKNOWN`, `ALERT_NOT_OPEN` */
  acknowledge(
    id: number,
    o: { readonly actor: string; readonly note?: string | undefined; readonly requestId?: string },
  ): Promise<Alert>
}

const shownDeliveries = 100

export function createDesk(db: Db): AlertDesk {
  return {
    async list({ limit, after, ...filter }) {
      let page = matching(db, filter)
        .selectAll()
        .orderBy('id', 'desc')
        .limit(limit + 1)
      if (after !== undefined) page = page.where('id', '<', after)
      const [rows, { total }] = await Promise.all([
        page.execute(),
        matching(db, filter)
          .select(({ fn }) => fn.countAll<number>().as('total'))
          .executeTakeFirstOrThrow(),
      ])
      const items = rows.slice(0, limit)
      return { items, total, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
    },
    async get(id) {
      const alert = await db.selectFrom('tds_alerts').selectAll().where('id', '=', id).executeTakeFirst()
      if (!alert) throw unknown(id)
      const newest = db.selectFrom('tds_alert_deliveries').selectAll().where('alert_id', '=', id)
      return { alert, deliveries: await newest.orderBy('id', 'desc').limit(shownDeliveries).execute() }
    },
    acknowledge: (id, { actor, note, requestId }) =>
      db.transaction().execute(async (tx) => {
        const alert = await tx
          .updateTable('tds_alerts')
          .set({ status: 'acknowledged', acknowledged_at: sql<Date>`clock_timestamp()`, acknowledged_by: actor })
          .where('id', '=', id)
          .where('status', '=', 'open')
          .returningAll()
          .executeTakeFirst()
        if (!alert) throw await whyNot(tx, id)
        const change = { before: { status: 'open' }, after: { status: 'acknowledged' }, affected: 1 }
        await record(tx, {
          actor,
          action: 'alerts.acknowledge',
          subject: `alert ${id}`,
          reason: note,
          requestId,
          ...change,
        })
        return alert
      }),
  }
}

function matching(db: Db, { status, open, severity, fingerprint }: AlertFilter) {
  let query = db.selectFrom('tds_alerts')
  if (status !== undefined) query = query.where('status', '=', status)
  if (open !== undefined) query = query.where('status', open ? '<>' : '=', 'resolved')
  if (severity !== undefined) query = query.where('severity', '=', severity)
  if (fingerprint !== undefined) query = query.where('fingerprint', '=', fingerprint)
  return query
}

async function whyNot(db: Db, id: number) {
  const alert = await db.selectFrom('tds_alerts').select('status').where('id', '=', id).executeTakeFirst()
  if (!alert) return unknown(id)
  return inputError('ALERT_NOT_OPEN', `Alert ${id} is ${alert.status}; only an open one can be acknowledged`, 409)
}

const unknown = (id: number) => inputError('ALERT_UNKNOWN', `There is no alert ${id}`, 404)
