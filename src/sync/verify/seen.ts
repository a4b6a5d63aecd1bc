import { randomUUID } from 'node:crypto'
import { type Db, sql } from '../../../db/index.ts'
import { type Entity, tableOf } from '../../entities/index.ts'

/** The ids that a list has shown so far; kept in the database, so that memory does not grow with the list. */
export interface Seen {
  /** @returns those that were not seen before */
  add(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Ids of living rows that the list did not show and that were read before it was, some thousand at a time. */
  unseen(entity: Entity, startedAt: string): AsyncGenerator<readonly string[]>
  forget(): Promise<void>
}

const atOnce = 5000

export function createSeen(db: Db): Seen {
  const comparison = randomUUID()
  return {
    async add(ids) {
      const { rows } = await sql<{ id: string }>`
        insert into tds_verify_seen (comparison, source_entity_id)
        select ${comparison}::uuid, value from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)
        on conflict do nothing
        returning source_entity_id as id`.execute(db)
      return new Set(rows.map(({ id }) => id))
    },
    async *unseen(entity, startedAt) {
      const key = sql.ref(entity.id.column)
      for (let after = ''; ; ) {
        const { rows } = await sql<{ id: string }>`
          select t.${key} as id from ${sql.table(tableOf(entity))} t
          where t.deleted_at is null and t.zoho_read_at < ${startedAt}::timestamptz and t.${key} > ${after}
            and not exists (
              select from tds_verify_seen s where s.comparison = ${comparison}::uuid and s.source_entity_id = t.${key})
          order by t.${key} limit ${atOnce}`.execute(db)
        const last = rows.at(-1)
        if (!last) return
        after = last.id
        yield rows.map(({ id }) => id)
      }
    },
    async forget() {
      // With what comparisons that ended in a crash left behind.
      await sql`
        delete from tds_verify_seen
        where comparison = ${comparison}::uuid or seen_at < clock_timestamp() - interval '2 days'`.execute(db)
    },
  }
}
