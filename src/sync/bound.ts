import type { Entity } from '../entities/index.ts'

/** What a full sync of an entity is about. */
export interface BoundCounts {
  /** Rows its list shows. */
  readonly records: number
  /** Documents that have to be read: those whose row changed, or all where nothing tells. */
  readonly due: number
}

/** The fewest calls that can do it, and the formula they come from. */
export interface Bound {
  readonly formula: string
  readonly calls: number
}

const perPage = 200

/**
 * The lower bound of a full sync of one entity: a call for each 200 list rows, at least one, and for the documents
 * behind them one a bulk of them, or one each. Whatever confirms a deletion comes on top.
 */
export function boundOf(entity: Entity, { records, due }: BoundCounts): Bound {
  const parts = [...listPart(entity, records), ...documentPart(entity, due)]
  return {
    formula: parts.map(({ formula }) => formula).join(' + ') || 'none',
    calls: parts.reduce((sum, { calls }) => sum + calls, 0),
  }
}

export const pagesOf = (records: number): number => Math.max(1, Math.ceil(records / perPage))

function listPart({ list }: Entity, records: number): readonly Bound[] {
  if (!list) return []
  return [list.paged ? { formula: `⌈records / ${perPage}⌉`, calls: pagesOf(records) } : { formula: '1', calls: 1 }]
}

/** Of a list whose documents other entities read, such as the items', none are its own. */
function documentPart(entity: Entity, due: number): readonly Bound[] {
  const { list, details, read } = entity
  if (list && !details) return []
  const word = details?.when === 'always' ? 'records' : 'due'
  const formula = read?.kind === 'bulk' ? `⌈${word} / ${read.size}⌉` : word
  return [{ formula, calls: documentCalls(entity, due) }]
}

/** Calls that read so many documents of an entity, pictures included. */
export const documentCalls = ({ read }: Entity, count: number): number =>
  read?.kind === 'bulk' ? Math.ceil(count / read.size) : count
