import { sql } from '../../../db/index.ts'
import type { Entity } from '../../entities/index.ts'
import { inSerialOrder } from '../../queue/index.ts'
import { note } from '../ledger.ts'
import { obstacleOf, productOf } from '../obstacle.ts'
import { forgetProbe, mayProbe, noteProbe, noteTries } from '../tries.ts'
import type { ActionName, HealingDeps, Letter, Pass, PassOptions } from '../types.ts'
import type { Cause } from './causes.ts'

type Deps = Pick<HealingDeps, 'db' | 'entities' | 'zoho' | 'readAgain' | 'wake'>

interface Found {
  readonly letters: readonly Letter[]
  /** Of an entity without proof: the one letter that finds out. */
  readonly probeOf: string | null
  readonly held: string | null
}

/**
 * Dead letters whose cause has gone: their records are read again as bulk work, oldest try first, and a letter resolves
 * itself when that succeeds. What dies again waits for hours, then for people. Nothing is asked for while the product's
 * breaker is open or little of the day is left.
 */
export function createLetterPass(deps: Deps, action: ActionName, causes: readonly Cause[]) {
  return async ({ limit, dryRun }: PassOptions): Promise<Pass> => {
    const found: Found[] = []
    for (const cause of causes) {
      for (const name of await entitiesWith(deps, cause)) {
        const entity = deps.entities.find(name)
        if (entity) found.push(await lookFor(deps, action, cause, entity, limit))
      }
    }
    const chosen = take(found, limit)
    if (!dryRun) await readAgain(deps, action, chosen)
    const all = found.flatMap(({ letters }) => letters)
    return {
      found: all.length,
      healed: dryRun ? 0 : chosen.flatMap(({ letters }) => letters).length,
      held: found.flatMap(({ held }) => held ?? [])[0] ?? null,
      samples: all.slice(0, 10).map(({ entityType, sourceEntityId }) => `${entityType} ${sourceEntityId}`),
    }
  }
}

async function entitiesWith({ db }: Deps, { letters }: Cause): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select distinct l.entity_type as name from tds_dead_letter_queue l
    where not l.resolved and ${letters} order by 1`.execute(db)
  return rows.map(({ name }) => name)
}

async function lookFor(deps: Deps, action: ActionName, cause: Cause, entity: Entity, limit: number): Promise<Found> {
  const { db, zoho } = deps
  const held = obstacleOf(await zoho.state(), productOf(entity))
  if (held) return { letters: [], probeOf: null, held }
  const gone = await cause.goneSince(db, entity)
  const letters = gone === null ? [] : await lettersOf(deps, action, cause, entity, { diedBefore: gone, limit })
  if (letters.length > 0 || !cause.probe || !(await mayProbe(db, action, entity.name))) {
    return { letters, probeOf: null, held: null }
  }
  const [one] = await lettersOf(deps, action, cause, entity, { diedBefore: null, limit: 1 })
  return { letters: one ? [one] : [], probeOf: one ? entity.name : null, held: null }
}

/** Open, not in work, not tried lately. Without a proof they must have been dead for a quarter of an hour. */
async function lettersOf(
  { db }: Deps,
  action: ActionName,
  { letters }: Cause,
  { name }: Entity,
  { diedBefore, limit }: { readonly diedBefore: string | null; readonly limit: number },
): Promise<readonly Letter[]> {
  const { rows } = await sql<Letter>`
    select l.id, l.entity_type as "entityType", l.source_entity_id as "sourceEntityId"
    from tds_dead_letter_queue l
    left join tds_healing_tries h on h.action = ${action} and h.entity_type = l.entity_type
      and h.source_entity_id = l.source_entity_id and h.last_at >= l.created_at
    where not l.resolved and l.entity_type = ${name} and ${letters}
      and l.updated_at < coalesce(${diedBefore}::timestamptz, clock_timestamp() - interval '15 minutes')
      and coalesce(h.not_before <= clock_timestamp(), true)
      and not exists (
        select from tds_sync_queue_live q
        where q.entity_type = l.entity_type and q.source_entity_id = l.source_entity_id)
    order by h.last_at nulls first, l.id limit ${limit}`.execute(db)
  return rows
}

/** As many as the pass may repair, the first causes first. */
function take(found: readonly Found[], limit: number): readonly Found[] {
  let left = limit
  return found.map((each) => {
    const letters = each.letters.slice(0, left)
    left -= letters.length
    return { ...each, letters, probeOf: letters.length > 0 ? each.probeOf : null }
  })
}

async function readAgain({ db, readAgain, wake }: Deps, action: ActionName, chosen: readonly Found[]): Promise<void> {
  const letters = chosen.flatMap((each) => each.letters)
  if (letters.length === 0) return
  await inSerialOrder(() =>
    db.transaction().execute(async (tx) => {
      // Queue rows before letters, as everywhere.
      await readAgain(tx, letters)
      await noteTries(tx, action, letters)
      for (const {
        probeOf,
        letters: [first],
      } of chosen) {
        if (probeOf) await noteProbe(tx, action, probeOf)
        else if (first) await forgetProbe(tx, action, first.entityType)
      }
      const isProbe = chosen.every(({ probeOf, letters: some }) => probeOf !== null || some.length === 0)
      await note(tx, action, {
        affected: letters.length,
        subject: 'tds_dead_letter_queue',
        reason: isProbe ? 'one is tried, to find out whether the cause is gone' : 'their cause is gone',
        filter: { ids: letters.slice(0, 100).map(({ id }) => id) },
      })
    }),
  )
  wake()
}
