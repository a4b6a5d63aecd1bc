import { sql, type Tx } from '../../db/index.ts'
import type { Watch } from '../audit/index.ts'
import { inputError } from '../errors.ts'
import type { Run } from './types.ts'

/** Nobody asked by name: the timetable, or whoever goes on with what is left. */
const automatic: readonly string[] = ['schedule', 'resume']

/** A run that kills its process at the same page each time is left to people after so many processes a day. */
const mostWithoutProgress = 5

/**
 * A run whose process is gone is gone on with in this transaction; the trail says so. By itself TDS does that within the
 * limits of its switch; a person who asks for the run always may.
 * @throws TdsError `SYNC_ALREADY_RUNNING` where it may not be taken over now
 */
export async function takeLeftBehind(tx: Tx, run: Run, trigger: string, watch: Watch): Promise<void> {
  const { id, entity_type, mode, phase, next_page, fetched } = run
  const place = { phase, next_page, fetched }
  if (automatic.includes(trigger)) {
    if ((await watch.allowance(tx)) === 0)
      throw refused(run, 'and taking it over is switched off, or was done too often in an hour')
    if ((await takenHere(tx, id, place)) >= mostWithoutProgress)
      throw refused(run, `and ${mostWithoutProgress} processes a day ended at its page ${next_page}`)
  }
  await watch.note(tx, {
    affected: 1,
    subject: `run ${id}`,
    reason: `the process of a ${mode} run of ${entity_type} is gone`,
    after: place,
  })
}

const refused = ({ id, entity_type, mode }: Run, why: string) =>
  inputError('SYNC_ALREADY_RUNNING', `The ${mode} run ${id} of ${entity_type} was left behind, ${why}`, 409, {
    runId: id,
  })

async function takenHere(tx: Tx, id: number, place: object): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::integer as n from tds_audit_trail
    where actor = 'healing' and at > clock_timestamp() - interval '1 day' and action = 'healing.stuck-runs'
      and subject = ${`run ${id}`} and after = ${JSON.stringify(place)}::jsonb`.execute(tx)
  return rows[0]?.n ?? 0
}
