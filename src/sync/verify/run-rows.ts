import { v7 as uuidv7 } from 'uuid'
import { type Db, sql } from '../../../db/index.ts'
import { record } from '../../audit/index.ts'
import { errorCode, errorMessage, inputError, type TdsError } from '../../errors.ts'
import { listRuns } from './runs.ts'
import type { VerifyOptions, VerifyProgress, VerifyReport } from './types.ts'

export interface VerifyRequest extends Pick<VerifyOptions, 'entityTypes' | 'repair' | 'everyField' | 'sample'> {
  readonly trigger: 'api' | 'cli' | 'schedule'
  readonly actor: string
  readonly reason?: string | undefined
  readonly requestId?: string | undefined
}

/** @returns its id */
export async function insertRun(
  db: Db,
  request: VerifyRequest,
  { names, processId }: { readonly names: readonly string[]; readonly processId: string },
): Promise<string> {
  const { trigger, actor, reason, requestId, sample, everyField = false, repair = false } = request
  const id = uuidv7()
  await db.transaction().execute(async (tx) => {
    await sql`
      insert into tds_verify_runs (id, trigger, actor, reason, entities, sample, all_fields, repair, process_id)
      values (${id}, ${trigger}, ${actor}, ${reason ?? null}, array(select jsonb_array_elements_text(${JSON.stringify(names)}::jsonb)),
        ${sample ?? null}, ${everyField}, ${repair}, ${processId})`.execute(tx)
    if (trigger === 'schedule') return
    const filter = { entities: request.entityTypes ?? [], sample, all_fields: everyField, repair }
    await record(tx, { actor, action: 'verify.start', subject: `verify ${id}`, reason, requestId, filter })
  })
  return id
}

/** @returns whether somebody wants it to end */
export async function tellProgress(db: Db, id: string, progress: VerifyProgress | undefined): Promise<boolean> {
  const { rows } = await sql<{ cancelled: boolean }>`
    update tds_verify_runs set progress = ${progress ? JSON.stringify(progress) : null}::jsonb
    where id = ${id}::uuid and state = 'running'
    returning cancel_requested_at is not null as cancelled`.execute(db)
  return rows[0]?.cancelled ?? false
}

export async function endDone(db: Db, id: string, { ok, calls }: VerifyReport): Promise<void> {
  await sql`
    update tds_verify_runs set state = 'done', finished_at = clock_timestamp(), ok = ${ok}, calls = ${calls}
    where id = ${id}::uuid and state = 'running'`.execute(db)
}

export async function endFailed(db: Db, id: string, error: unknown): Promise<void> {
  await sql`
    update tds_verify_runs set state = 'failed', finished_at = clock_timestamp(), error_code = ${errorCode(error)},
      error_message = ${errorMessage(error)}
    where id = ${id}::uuid and state = 'running'`.execute(db)
}

/** Cancelled where somebody asked for it, aborted otherwise. */
export async function endStopped(db: Db, id: string, message: string): Promise<void> {
  const wanted = sql`cancel_requested_at is not null`
  await sql`
    update tds_verify_runs set finished_at = clock_timestamp(),
      state = case when ${wanted} then 'cancelled' else 'aborted' end,
      error_code = case when not ${wanted} then 'VERIFY_ABORTED' end,
      error_message = case when not ${wanted} then ${message}::text end
    where id = ${id}::uuid and state = 'running'`.execute(db)
}

/** Only for whoever has the turn: what else says it runs does not. */
export async function abortOthers(db: Db): Promise<void> {
  await sql`
    update tds_verify_runs set state = 'aborted', finished_at = clock_timestamp(), error_code = 'VERIFY_ABORTED',
      error_message = 'Its process ended before the comparison did; nothing is proven by it'
    where state = 'running'`.execute(db)
}

export async function alreadyRunning(db: Db): Promise<TdsError> {
  const { items } = await listRuns(db, { state: 'running', limit: 1 })
  const id = items[0]?.id
  const which = id ? ` (${id})` : ''
  return inputError('VERIFY_RUNNING', `A comparison${which} is under way; one runs at a time`, 409, id ? { id } : {})
}
