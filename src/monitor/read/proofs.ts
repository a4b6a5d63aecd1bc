import { type Db, sql } from '../../../db/index.ts'

/** What the last verify of an entity found. */
export interface Proof {
  readonly verifiedAt: Date
  readonly differences: number
  readonly findings: number
  readonly findingErrors: number
}

export interface Proofs {
  readonly byEntity: ReadonlyMap<string, Proof>
  /** Edits of 24 hours that incremental runs found and no webhook told of. */
  readonly missedWebhooks: number
}

export async function readProofs(db: Db, entityTypes: readonly string[]): Promise<Proofs> {
  const { rows } = await sql<Proof & { entity_type: string }>`
    select e.name as entity_type, r.finished_at as "verifiedAt", r.differences, r.findings, r.finding_errors as "findingErrors"
    from unnest(${[...entityTypes]}::text[]) as e(name)
    cross join lateral (
      select finished_at, differences, findings, finding_errors from tds_verify_reports
      where entity_type = e.name order by id desc limit 1) r`.execute(db)
  const { rows: missed } = await sql<{ missed: number }>`
    select coalesce(sum(missed), 0)::int as missed from tds_missed_edits
    where counted_at > clock_timestamp() - interval '24 hours'`.execute(db)
  return {
    byEntity: new Map(rows.map(({ entity_type, ...proof }) => [entity_type, proof])),
    missedWebhooks: missed[0]?.missed ?? 0,
  }
}
