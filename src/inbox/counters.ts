import { type Db, sql } from '../../db/index.ts'

/** Counts in memory, written now and then into `tds_metrics` by the minute: a flood of refusals costs no writes. */
export interface Counters {
  add(name: string, label: string, by?: number): void
  /** What could not be written is kept for the next flush. */
  flush(db: Db): Promise<void>
}

interface Count {
  readonly name: string
  readonly label: string
  value: number
}

export function createCounters(): Counters {
  let counts = new Map<string, Count>()

  return {
    add(name, label, by = 1) {
      const key = `${name}\n${label}`
      const count = counts.get(key)
      if (count) count.value += by
      else counts.set(key, { name, label, value: by })
    },
    async flush(db) {
      if (counts.size === 0) return
      const taken = counts
      counts = new Map()
      try {
        await write(db, [...taken.values()])
      } catch (error) {
        for (const { name, label, value } of taken.values()) this.add(name, label, value)
        throw error
      }
    },
  }
}

async function write(db: Db, counts: readonly Count[]): Promise<void> {
  await sql`
    insert into tds_metrics as m (bucket, name, label, value)
    select date_trunc('minute', clock_timestamp()), name, label, value
    from jsonb_to_recordset(${JSON.stringify(counts)}::jsonb) as c(name text, label text, value bigint)
    order by name, label
    on conflict (resolution, bucket, name, label, slot) do update set value = m.value + excluded.value`.execute(db)
}
