import { type Db, sql } from '../../db/index.ts'
import { inputError } from '../errors.ts'
import { conditionOf } from './filter.ts'
import type { DeadLetter, DeadLetterFilter } from './types.ts'

export interface DeadLetterPage {
  readonly items: readonly DeadLetter[]
  /** Of the filter, counted up to 10,000: the answer must cost the same with millions of letters. */
  readonly total: number
  readonly next: number | null
}

const countedUpTo = 10_000

/** Newest first. @param after `next` of the page before */
export async function listLetters(
  db: Db,
  { limit, after, ...filter }: DeadLetterFilter & { readonly limit: number; readonly after?: number | undefined },
): Promise<DeadLetterPage> {
  const matching = conditionOf(filter)
  const [{ rows }, total] = await Promise.all([
    sql<DeadLetter>`
      select l.* from tds_dead_letter_queue l
      where ${matching} and ${after === undefined ? sql`true` : sql`l.id < ${after}`}
      order by l.id desc limit ${limit + 1}`.execute(db),
    countLetters(db, matching),
  ])
  const items = rows.slice(0, limit)
  return { items, total, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}

async function countLetters(db: Db, matching: ReturnType<typeof conditionOf>): Promise<number> {
  const { rows } = await sql<{ total: number }>`
    select count(*) as total from (
      select from tds_dead_letter_queue l where ${matching} limit ${countedUpTo}) counted`.execute(db)
  return rows[0]?.total ?? 0
}

/** @throws TdsError `DLQ_NOT_FOUND` */
export async function getLetter(db: Db, id: number): Promise<DeadLetter> {
  const letter = await db.selectFrom('tds_dead_letter_queue').selectAll().where('id', '=', id).executeTakeFirst()
  if (!letter) throw inputError('DLQ_NOT_FOUND', `There is no dead letter ${id}`, 404)
  return letter
}
