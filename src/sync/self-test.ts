import type { Db } from '../../db/index.ts'
import type { Entities, Entity, ListView } from '../entities/index.ts'
import { errorCode, errorMessage } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Clock } from '../runtime/index.ts'
import { listPages, type PagesDeps } from './pages.ts'
import { zohoTime } from './reading.ts'
import { freshVerdicts, keepVerdict, listVerdicts, type Verdict } from './verdicts.ts'

export interface SelfTestDeps extends PagesDeps {
  readonly db: Db
  readonly entities: Entities
  readonly clock: Clock
  readonly log: Logger
}

const yearMs = 365 * 24 * 3_600_000

/**
 * Asks every list that has a "changed since" filter for what changes in a year: an honoured filter answers nothing, an
 * ignored one everything. One call a list.
 * @returns all that is known of the lists' parameters
 */
export async function testFilters(deps: SelfTestDeps, signal: AbortSignal): Promise<readonly Verdict[]> {
  for (const entity of deps.entities.list()) {
    if (entity.list?.modifiedSince) await testFilter(deps, entity, entity.list, signal)
  }
  return listVerdicts(deps.db)
}

/** What a list honours, its filter tested now unless that was done within the week. */
export async function verdictsOf(
  deps: SelfTestDeps,
  entity: Entity,
  list: ListView,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, boolean>> {
  const known = await freshVerdicts(deps.db, entity.name)
  if (!list.modifiedSince || known.has(list.modifiedSince.parameter)) return known
  await testFilter(deps, entity, list, signal)
  return freshVerdicts(deps.db, entity.name)
}

async function testFilter(deps: SelfTestDeps, entity: Entity, list: ListView, signal: AbortSignal): Promise<void> {
  if (!list.modifiedSince) return
  const { parameter } = list.modifiedSince
  const { honoured, detail } = await tryFilter(deps, entity, list, parameter, signal)
  await keepVerdict(deps.db, { entity_type: entity.name, parameter, honoured, detail }, deps.log)
}

async function tryFilter(
  deps: SelfTestDeps,
  entity: Entity,
  list: ListView,
  parameter: string,
  signal: AbortSignal,
): Promise<Pick<Verdict, 'honoured' | 'detail'>> {
  const nextYear = zohoTime(new Date(deps.clock.now() + yearMs))
  const reading = { query: { [parameter]: nextYear, per_page: '5' }, assumed: {} }
  const pages = listPages(deps, entity, list, {
    reading,
    fromPage: 1,
    isBulk: false,
    purpose: `${entity.name}.selftest`,
    signal,
  })
  try {
    for await (const { rows } of pages) {
      const shown = rows.filter((row) => !list.skip?.(row)).length
      return { honoured: shown === 0, detail: `asked for what changes after ${nextYear}: ${shown} row(s)` }
    }
  } catch (error) {
    // A value Zoho refuses is a filter that cannot be used; any other failure says nothing about it.
    if (errorCode(error) !== 'ZOHO_BAD_REQUEST') throw error
    return { honoured: false, detail: errorMessage(error).slice(0, 500) }
  }
  throw new Error('A list answers at least one page or throws')
}
