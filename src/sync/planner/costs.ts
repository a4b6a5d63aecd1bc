import type { Entities, Entity } from '../../entities/index.ts'
import type { Product } from '../../zoho/index.ts'
import { documentCalls, pagesOf } from '../bound.ts'
import { chooseReading } from '../reading.ts'
import type { TaskCost, TaskMode } from './types.ts'

/** A task of the timetable, as its planner needs it. */
export interface TimedTask {
  readonly name: string
  readonly entityType: string | null
  readonly mode: TaskMode
  readonly everySeconds: number
}

/** What is known of the mirror that tells what reading it takes. */
export interface Figures {
  /** Living rows by entity. */
  readonly records: ReadonlyMap<string, number>
  /** List pages of the last runs, on average, by `entity.mode`. */
  readonly measured: ReadonlyMap<string, number>
  /** Whether a list honours a parameter, as far as it was tried. */
  readonly isHonoured: (entity: string, parameter: string) => boolean
}

/** Records of each entity that a verify reads afresh. */
const verifySample = 20

/** Calls of one run of a task: measured where runs were counted, else by the formulas of the lower bound. */
export function costOf(task: TimedTask, entities: Entities, figures: Figures): TaskCost {
  const { name, entityType, mode, everySeconds } = task
  const calls: Record<Product, number> = { books: 0, inventory: 0 }
  for (const entity of entities.list()) {
    if (entity.lane === 'image' || (entityType !== null && entity.name !== entityType)) continue
    const { list, read } = entity
    if (list) calls[list.product] += listCalls(entity, mode, figures)
    if (read && read.kind !== 'list') calls[read.product] += documentsFor(entity, mode, figures)
  }
  return { name, entity: entityType, mode, calls, everySeconds }
}

function listCalls(entity: Entity, mode: TaskMode, { records, measured, isHonoured }: Figures): number {
  const { list, name, sweep } = entity
  if (!list || mode === 'backfill' || mode === 'validate' || (mode === 'sweep' && sweep === 'details')) return 0
  if (mode === 'self-test') return list.modifiedSince ? 1 : 0
  const everything = list.paged ? pagesOf(records.get(name) ?? 0) : 1
  if (mode !== 'incremental') return measured.get(`${name}.${mode}`) ?? everything
  const { strategy } = chooseReading(list, new Date(0), (parameter) => isHonoured(name, parameter))
  return measured.get(`${name}.${mode}`) ?? (strategy === 'list' ? everything : 1)
}

/** Documents that only changed rows ask for are live work or backfill, and counted there. */
function documentsFor(entity: Entity, mode: TaskMode, figures: Figures): number {
  const records = figures.records.get(entity.name) ?? 0
  if (mode === 'verify') return documentCalls(entity, Math.min(verifySample, records))
  const everything =
    (mode === 'sweep' && entity.sweep === 'details') ||
    (mode === 'full' && entity.details?.when === 'always') ||
    ((mode === 'full' || mode === 'sweep') && !entity.list)
  return everything ? documentCalls(entity, records) : 0
}
