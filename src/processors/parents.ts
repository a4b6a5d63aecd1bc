import type { Link } from '../entities/index.ts'
import type { WriteResult } from './types.ts'
import type { UpsertedRow } from './upsert.ts'

/** The parents that the rows name by Zoho id and that have no row here. */
export function missingParents(links: readonly Link[], rows: readonly UpsertedRow[]): WriteResult['missingParents'] {
  return links.flatMap((link) =>
    rows.flatMap((row) => {
      const sourceEntityId = row.unlinked[link.column]
      return sourceEntityId === undefined ? [] : { entityType: link.parent, sourceEntityId }
    }),
  )
}
