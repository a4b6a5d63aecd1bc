import { type Db, sql } from '../../../db/index.ts'
import type { Entity } from '../../entities/index.ts'
import { errorCode, errorKind, errorMessage } from '../../errors.ts'
import { freshenOrganization } from '../organization.ts'
import { compareRecords, type RecordComparison } from './compare-records.ts'
import { conclude } from './conclude.ts'
import { compareDetails, fedBy, isWanted } from './details.ts'
import { findContradictions } from './findings.ts'
import { compareList, countHere, namesPictures } from './lists.ts'
import { comparePictures } from './pictures.ts'
import { isUnderWay } from './repair.ts'
import { lookAgain } from './second-look.ts'
import { createTally, type Tally } from './tally.ts'
import type { EntityReport, VerifyDeps, VerifyOptions, VerifyReport } from './types.ts'
import type { Verification } from './verification.ts'

export interface Verify {
  /**
   * A refusal that concerns one entity (its scope, its path) ends that entity's comparison and is told in its report.
   * @throws TdsError `ENTITY_UNKNOWN`, or what kept Zoho from being read at all; then nothing is stored
   */
  run(options: VerifyOptions): Promise<VerifyReport>
  /** Resolves when what the repair of this run's report enqueued has ended, or the signal aborts. */
  repaired(report: VerifyReport, signal: AbortSignal): Promise<void>
  /** What reading these records again would change, row by row; nothing is written. @throws TdsError `ENTITY_UNKNOWN` */
  compare(entityType: string, ids: readonly string[], signal: AbortSignal): Promise<readonly RecordComparison[]>
}

/** Compares the mirror with Zoho itself and says what differs; the proof that nothing else here has to be believed. */
export function createVerify(deps: VerifyDeps): Verify {
  const { db, clock } = deps
  const asked = new WeakMap<VerifyReport, readonly Tally[]>()
  return {
    async run(options) {
      const chosen = choose(deps, options.entityTypes ?? [])
      await freshenOrganization(db, deps.zoho, options.signal)
      const tallies = new Map<string, Tally>()
      for (const { name } of chosen) tallies.set(name, createTally(name, await databaseNow(db)))
      const verification = { deps, options, tallies, context: await deps.fieldContext(), spent: { calls: 0 } }
      await compareAll(verification, chosen)
      options.signal.throwIfAborted()
      // All of it is judged before any of it is repaired: what waits in the queue is not judged.
      for (const entity of chosen) {
        const tally = tallies.get(entity.name)
        if (tally) await findContradictions(deps, entity, tally)
      }
      const reports: EntityReport[] = []
      for (const entity of chosen) {
        const tally = tallies.get(entity.name)
        if (tally) reports.push(await conclude(deps, entity, tally, options))
      }
      const report = { ok: reports.every(isGood), calls: verification.spent.calls, entities: reports }
      asked.set(report, [...tallies.values()])
      return report
    },
    compare: (entityType, ids, signal) => compareRecords(deps, entityType, ids, signal),
    async repaired(report, signal) {
      for (const tally of asked.get(report) ?? [])
        for (const [entity, ids] of tally.asked) await ended(entity, [...ids], signal)
    },
  }

  async function ended(entity: string, ids: readonly string[], signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await isUnderWay(db, entity, ids))) await clock.sleep(100, signal)
  }
}

const isGood = ({ difference_count, finding_errors, unread }: EntityReport): boolean =>
  difference_count === 0 && finding_errors === 0 && unread === undefined

function choose({ entities }: VerifyDeps, names: readonly string[]): readonly Entity[] {
  for (const name of names) entities.get(name)
  return entities.list().filter(({ name }) => names.length === 0 || names.includes(name))
}

async function compareAll(verification: Verification, chosen: readonly Entity[]): Promise<void> {
  const { deps, tallies, options } = verification
  const picturesAtSource = await compareLists(verification, chosen)
  for (const owner of deps.entities.list()) {
    const { list, read } = owner
    if (!list || !read || read.kind === 'list' || !isWanted(verification, owner, read)) continue
    const fed = fedBy(verification, owner, read)
    await alone(verification, fed, () => compareDetails(verification, owner, read))
  }
  for (const entity of chosen) {
    const tally = tallies.get(entity.name)
    if (!tally) continue
    if (entity.lane === 'image') await comparePictures(deps, entity, tally, picturesAtSource, options.signal)
    else if (!entity.list) await countHere(deps.db, entity, tally)
    if (entity.lane === 'read') await alone(verification, [entity], () => lookAgain(verification, entity, tally))
  }
}

/** @returns records with a picture at the source; null where their list was not read */
async function compareLists(verification: Verification, chosen: readonly Entity[]): Promise<number | null> {
  const { deps, tallies } = verification
  const wantsPictures = chosen.some(({ lane }) => lane === 'image')
  let picturesAtSource: number | null = null
  for (const entity of deps.entities.list()) {
    const { list } = entity
    const isChosen = tallies.has(entity.name)
    if (!list || !(isChosen || (wantsPictures && namesPictures(entity)))) continue
    const tally = tallies.get(entity.name) ?? createTally(entity.name, await databaseNow(deps.db))
    await alone(verification, [entity], () => compareList(verification, entity, list, tally))
    picturesAtSource = tally.picturesAtSource ?? picturesAtSource
  }
  return picturesAtSource
}

/** What Zoho refuses for good to one entity is that entity's trouble; waits and outages are everybody's. */
async function alone({ tallies }: Verification, entities: readonly Entity[], work: () => Promise<void>): Promise<void> {
  const ours = entities.flatMap(({ name }) => tallies.get(name) ?? [])
  if (ours.some(({ unread }) => unread)) return
  try {
    await work()
  } catch (error) {
    if (ours.length === 0 || errorKind(error) !== 'permanent' || !errorCode(error).startsWith('ZOHO_')) throw error
    for (const tally of ours) tally.unread = { code: errorCode(error), message: errorMessage(error) }
  }
}

async function databaseNow(db: Db): Promise<string> {
  const { rows } = await sql<{ now: string }>`select clock_timestamp()::text as now`.execute(db)
  return rows[0]?.now ?? ''
}
