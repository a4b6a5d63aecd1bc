import { type Db, sql } from '../../../db/index.ts'
import { record } from '../../audit/index.ts'
import { inputError } from '../../errors.ts'
import { recount } from './keep.ts'
import { getFinding, type StoredFinding } from './list.ts'

export interface Acceptance {
  /** When it is to be told of again. */
  readonly until: Date
  /** Also when the value changes. @default false */
  readonly anyValue?: boolean
  readonly reason: string
  readonly actor: string
  readonly requestId?: string | undefined
}

/** A finding that is known is silent until its day. @throws TdsError `FINDING_NOT_FOUND` `FINDING_NOT_OPEN` `FINDING_UNTIL_PAST` */
export async function accept(
  db: Db,
  id: number,
  { until, anyValue = false, reason, actor, requestId }: Acceptance,
): Promise<StoredFinding> {
  return db.transaction().execute(async (tx) => {
    const before = await getFinding(tx, id)
    if (before.state === 'resolved')
      throw inputError('FINDING_NOT_OPEN', `Finding ${id} is over: nothing is left to accept`, 409)
    const { numAffectedRows } = await sql`
      update tds_findings set accepted_at = clock_timestamp(), accepted_until = ${until}, accepted_by = ${actor},
        accepted_reason = ${reason}, accepted_any_value = ${anyValue}
      where id = ${id} and ${until}::timestamptz > clock_timestamp()`.execute(tx)
    if (!numAffectedRows)
      throw inputError('FINDING_UNTIL_PAST', `${until.toISOString()} is past: an acceptance ends later than now`)
    await recount(tx)
    const after = { accepted_until: until, any_value: anyValue }
    const entry = { ...about(before), before: { accepted_until: before.accepted_until }, after }
    await record(tx, { actor, action: 'finding.accept', reason, requestId, affected: 1, ...entry })
    return getFinding(tx, id)
  })
}

/** It counts again. @throws TdsError `FINDING_NOT_FOUND` `FINDING_NOT_ACCEPTED` */
export async function unaccept(
  db: Db,
  id: number,
  { reason, actor, requestId }: Pick<Acceptance, 'reason' | 'actor' | 'requestId'>,
): Promise<StoredFinding> {
  return db.transaction().execute(async (tx) => {
    const before = await getFinding(tx, id)
    if (before.accepted_until === null) throw inputError('FINDING_NOT_ACCEPTED', `Nobody accepted finding ${id}`, 409)
    await sql`
      update tds_findings set accepted_at = null, accepted_until = null, accepted_by = null, accepted_reason = null,
        accepted_any_value = false
      where id = ${id}`.execute(tx)
    await recount(tx)
    const entry = { ...about(before), before: { accepted_until: before.accepted_until } }
    await record(tx, { actor, action: 'finding.unaccept', reason, requestId, affected: 1, ...entry })
    return getFinding(tx, id)
  })
}

const about = ({ id, rule, entity_type, source_entity_id, part }: StoredFinding) => ({
  subject: `finding ${id}`,
  filter: { rule, entity_type, source_entity_id, part },
})
