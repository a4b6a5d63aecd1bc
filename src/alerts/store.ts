import { type Db, sql, type Tx } from '../../db/index.ts'
import type { Condition, Decision, OpenAlert, Transition } from './decide.ts'

/** Any number will do as long as it stays; see `hashtext('tds alerts')`. */
const lockKey = 1_930_417

/** A leader that was deposed while it looked may still be at it: one pass writes at a time, the other is skipped. */
export async function takeTurn(tx: Tx): Promise<boolean> {
  const { rows } = await sql<{ mine: boolean }>`select pg_try_advisory_xact_lock(${lockKey}) as mine`.execute(tx)
  return rows[0]?.mine ?? false
}

export async function readOpen(tx: Tx): Promise<readonly OpenAlert[]> {
  const query = tx.selectFrom('tds_alerts').select(['id', 'fingerprint', 'severity']).where('status', '<>', 'resolved')
  return query.forUpdate().execute()
}

export async function readConditions(db: Db): Promise<ReadonlyMap<string, Condition>> {
  const rows = await db.selectFrom('tds_alert_conditions').selectAll().execute()
  return new Map(
    rows.flatMap(({ fingerprint, breached_since, calm_since }): [string, Condition][] => {
      if (breached_since) return [[fingerprint, { breachedSince: breached_since.getTime() }]]
      return calm_since ? [[fingerprint, { calmSince: calm_since.getTime() }]] : []
    }),
  )
}

/** Writes what was decided. @param now the moment it was decided for, milliseconds since the epoch */
export async function apply(
  tx: Tx,
  { transitions, conditions }: Decision,
  before: ReadonlyMap<string, Condition>,
  now: number,
): Promise<void> {
  for (const transition of transitions) await applyOne(tx, transition, new Date(now))
  await replaceConditions(tx, conditions, before)
}

async function applyOne(tx: Tx, transition: Transition, at: Date): Promise<void> {
  if (transition.to === 'resolved') {
    const resolved = tx.updateTable('tds_alerts').set({ status: 'resolved', resolved_at: at })
    await resolved.where('id', '=', transition.id).where('status', '<>', 'resolved').execute()
    return
  }
  const { reading, severity } = transition
  const { title, message } = reading
  const detail = JSON.stringify({ runbook: `docs/runbook.md#${reading.anchor}` })
  if (transition.to === 'stay') {
    await tx
      .updateTable('tds_alerts')
      .set({ severity, title, message, detail, seen_at: at })
      .where('id', '=', transition.id)
      .execute()
    return
  }
  await tx
    .insertInto('tds_alerts')
    .values({ fingerprint: reading.fingerprint, severity, title, message, detail, opened_at: at, seen_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

async function replaceConditions(
  tx: Tx,
  after: ReadonlyMap<string, Condition>,
  before: ReadonlyMap<string, Condition>,
): Promise<void> {
  const over = [...before.keys()].filter((fingerprint) => !after.has(fingerprint))
  if (over.length > 0) await tx.deleteFrom('tds_alert_conditions').where('fingerprint', 'in', over).execute()
  const rows = [...after].map(([fingerprint, condition]) => ({
    fingerprint,
    breached_since: 'breachedSince' in condition ? new Date(condition.breachedSince) : null,
    calm_since: 'calmSince' in condition ? new Date(condition.calmSince) : null,
  }))
  if (rows.length === 0) return
  await tx
    .insertInto('tds_alert_conditions')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('fingerprint').doUpdateSet({
        breached_since: sql`excluded.breached_since`,
        calm_since: sql`excluded.calm_since`,
      }),
    )
    .execute()
}
