import { documentId, type Entity, type JsonObject } from '../../entities/index.ts'
import { listPages } from '../pages.ts'
import { wholeReading } from '../verdicts.ts'
import { rowsOf } from './lists.ts'
import type { VerifyDeps } from './types.ts'

export interface ListedRow {
  readonly document: JsonObject
  /** Start of the read, database clock, as text. */
  readonly readAt: string
}

/** The list rows of these records, read anew; ends as soon as all of them were seen. */
export async function readListed(
  deps: VerifyDeps,
  entity: Entity,
  ids: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<{ rows: ReadonlyMap<string, ListedRow>; calls: number }> {
  const rows = new Map<string, ListedRow>()
  let calls = 0
  if (!entity.list) return { rows, calls }
  const reading = await wholeReading(deps.db, entity, entity.list)
  const request = { reading, fromPage: 1, isBulk: true, purpose: `${entity.name}.verify`, signal }
  for await (const page of listPages(deps, entity, entity.list, request)) {
    calls += page.calls
    for (const document of rowsOf(entity, entity.list, page.rows)) {
      const id = documentId(entity, document)
      if (ids.has(id)) rows.set(id, { document, readAt: page.readAt })
    }
    if (rows.size === ids.size) break
  }
  return { rows, calls }
}
