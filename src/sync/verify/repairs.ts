import { v7 as uuidv7 } from 'uuid'
import { type Db, sql, type Tx } from '../../../db/index.ts'
import { record } from '../../audit/index.ts'
import { estimate } from '../../costs/index.ts'
import { inputError } from '../../errors.ts'
import { inSerialOrder } from '../../queue/index.ts'
import { advanceRepair, advanceRepairIn } from './repair-advance.ts'
import { countsOf, freezeRepair, getRepair, samplesOf, stateOfRepair } from './repair-sets.ts'
import type { Repair, RepairAnswer, RepairRequest, RepairState, RepairsDeps } from './repair-types.ts'
import { getRun } from './runs.ts'

export interface Repairs {
  /**
   * Has what a comparison found different read again, with the parents of orphans: previewed, or confirmed.
   * @throws TdsError `VERIFY_NOT_FOUND` `VERIFY_NOT_ENDED` `REPAIR_NOT_FOUND`
   */
  request(request: RepairRequest): Promise<RepairAnswer>
  /** @throws TdsError `REPAIR_NOT_FOUND` */
  get(id: string): Promise<Repair & { readonly state: RepairState }>
  /** @throws TdsError `REPAIR_NOT_FOUND` `REPAIR_NOT_RUNNING` */
  cancel(
    id: string,
    author: Pick<RepairRequest, 'actor' | 'reason' | 'requestId'>,
  ): Promise<Repair & { readonly state: RepairState }>
  /** The next part of a confirmed set. @returns whether there was one */
  advance(): Promise<boolean>
}

/** So many fit in the request. */
const inRequest = 500

export function createRepairs(deps: RepairsDeps): Repairs {
  const { db } = deps
  return {
    async request(request) {
      const run = await getRun(db, request.runId)
      if (run.state === 'running')
        throw inputError(
          'VERIFY_NOT_ENDED',
          `Comparison ${run.id} is still running: it does not know yet what differs`,
          409,
        )
      return request.dryRun ? preview(deps, request, run.entities) : confirm(deps, request, run.entities)
    },
    get: async (id) => withState(await getRepair(db, id)),
    cancel: (id, author) => cancel(db, id, author),
    async advance() {
      const worked = await advanceRepair(deps)
      if (worked) deps.wake()
      return worked
    },
  }
}

const withState = (repair: Repair) => ({ ...repair, state: stateOfRepair(repair) })

async function preview(deps: RepairsDeps, request: RepairRequest, entities: readonly string[]): Promise<RepairAnswer> {
  const { db } = deps
  const id = request.previewId ?? uuidv7()
  if (request.previewId === undefined)
    await inSerialOrder(() => db.transaction().execute((tx) => freezeRepair(tx, deps, id, request, entities)))
  const repair = await ofRun(db, id, request.runId)
  return {
    count: repair.total,
    batch_id: null,
    samples: await samplesOf(db, id),
    frozen_at: repair.created_at,
    preview_id: id,
    estimate: await estimate(deps, await countsOf(db, id)),
  }
}

async function confirm(deps: RepairsDeps, request: RepairRequest, entities: readonly string[]): Promise<RepairAnswer> {
  const { db } = deps
  const { previewId, batchId, runId, actor, reason, requestId } = request
  const id = previewId ?? batchId ?? uuidv7()
  if (previewId !== undefined) await ofRun(db, previewId, runId)
  await inSerialOrder(() =>
    db.transaction().execute(async (tx) => {
      // The same id twice at once: the second waits and finds it done.
      await sql`select pg_advisory_xact_lock(hashtextextended(${id}, 32))`.execute(tx)
      const known = await tx.selectFrom('tds_verify_repairs').select('id').where('id', '=', id).executeTakeFirst()
      if (!known) await freezeRepair(tx, deps, id, request, entities)
      const { total } = await ofRun(tx, id, runId)
      const { numAffectedRows } = await sql`
        update tds_verify_repairs set confirmed_at = clock_timestamp(), actor = ${actor}, reason = ${reason},
          finished_at = case when total = 0 then clock_timestamp() end
        where id = ${id}::uuid and confirmed_at is null`.execute(tx)
      if (!numAffectedRows || total === 0) return
      const filter = { verify_id: runId, batch_id: id }
      await record(tx, {
        actor,
        action: 'verify.repair',
        subject: `verify ${runId}`,
        reason,
        requestId,
        affected: total,
        filter,
      })
      if (total <= inRequest) await advanceRepairIn(tx, deps, id)
    }),
  )
  deps.wake()
  const repair = await getRepair(db, id)
  return {
    count: repair.total,
    batch_id: repair.total === 0 ? null : id,
    samples: await samplesOf(db, id),
    frozen_at: repair.created_at,
    state: stateOfRepair(repair),
  }
}

/** A set belongs to its comparison. */
async function ofRun(db: Db | Tx, id: string, runId: string): Promise<Repair> {
  const repair = await getRepair(db, id)
  if (repair.run_id === runId) return repair
  throw inputError('REPAIR_NOT_FOUND', `${id} repairs another comparison`, 404)
}

async function cancel(
  db: Db,
  id: string,
  { actor, reason, requestId }: Pick<RepairRequest, 'actor' | 'reason' | 'requestId'>,
) {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<Repair>`
      update tds_verify_repairs set cancelled_at = clock_timestamp(), cancelled_by = ${actor}
      where id = ${id}::uuid and confirmed_at is not null and finished_at is null and cancelled_at is null returning *`.execute(
      tx,
    )
    const [repair] = rows
    if (!repair) {
      const state = stateOfRepair(await getRepair(tx, id))
      throw inputError('REPAIR_NOT_RUNNING', `Repair ${id} is ${state}: nothing is left to cancel`, 409)
    }
    const affected = repair.total - repair.done
    const filter = { verify_id: repair.run_id, batch_id: id }
    await record(tx, {
      actor,
      action: 'verify.repair_cancel',
      subject: `verify ${repair.run_id}`,
      reason,
      requestId,
      affected,
      filter,
    })
    return withState(repair)
  })
}
