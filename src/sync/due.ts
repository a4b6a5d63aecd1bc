import { sql } from '../../db/index.ts'
import type { Details, Entity } from '../entities/index.ts'
import { droppedReason } from '../queue/index.ts'

/**
 * Rows `t` whose document is to be read and would be worth the call: alive, not given up as a dead letter until a person
 * has looked (a run that accepts a mass change is that), and not looked for in vain within the day (a joined source may not know every record of the owner).
 */
export function worthReading({ name, id }: Entity, { dueColumn = 'detail_due' }: Details, acceptsMassChange = false) {
  const key = sql.ref(`t.${id.column}`)
  return sql`t.deleted_at is null and t.${sql.ref(dueColumn)}
    and not exists (select from tds_dead_letter_queue l
      where l.entity_type = ${name} and l.source_entity_id = ${key} and not l.resolved
        and not (${acceptsMassChange} and l.error_code = 'MASS_CHANGE'))
    and not exists (select from tds_sync_queue_done d
      where d.entity_type = ${name} and d.source_entity_id = ${key} and d.lane = 'read' and d.outcome = 'skipped'
        and d.wait_reason is distinct from ${droppedReason} and d.finished_at > clock_timestamp() - interval '1 day')`
}
