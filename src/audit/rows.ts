import { sql, type Tx } from '../../db/index.ts'
import { storableJson } from '../runtime/index.ts'

/** The words under which the history of mirrored rows stands in the trail; no operator's line has one of them. */
export type RowAction = 'row.inserted' | 'row.updated' | 'row.deleted' | 'row.restored'

/** One mirrored record that changed: what a reader of its table sees differently now. */
export interface RowChange {
  /** Table of the record. */
  readonly table: string
  /** Zoho's id. */
  readonly id: string
  readonly action: RowAction
  /** What asked for the work: `run`, `webhook`, `repair`, … */
  readonly source: string
  /** The facts of the cause: run, queue row, local id, times. */
  readonly cause: Readonly<Record<string, unknown>>
  /** Rows that changed: the record's own and those of its sets. */
  readonly affected: number
  /** Only what changed. */
  readonly before: unknown
  readonly after: unknown
}

/** The row of `tds_configuration` that switches the history off when its value is `false`. */
export const rowHistorySwitch = 'history.rows'

/** Writes the history of many records in one statement, in the transaction that changed them. */
export async function recordRows(tx: Tx, changes: readonly RowChange[]): Promise<void> {
  if (changes.length === 0) return
  const input = changes.map(({ table, id, source, ...rest }) => ({ ...rest, actor: source, subject: `${table}/${id}` }))
  // The clock, not the start of the transaction: who waited for the row's lock comes after whom it waited for.
  await sql`
    insert into tds_audit_trail (at, actor, action, subject, affected, before, after, cause)
    select clock_timestamp(), i.actor, i.action, i.subject, i.affected, i.before, i.after,
      jsonb_strip_nulls(i.cause || jsonb_build_object('mode', r.mode))
    from jsonb_to_recordset(${storableJson(input)}::jsonb)
      as i(actor text, action text, subject text, affected integer, before jsonb, after jsonb, cause jsonb)
    left join tds_sync_runs r on r.id = (i.cause ->> 'run_id')::bigint
    where not exists (
      select from tds_configuration where key = ${rowHistorySwitch} and value in ('false'::jsonb, '"off"'::jsonb))`.execute(
    tx,
  )
}
