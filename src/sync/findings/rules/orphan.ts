import { linksOf, listOrphans } from '../../verify/orphans.ts'
import type { Found, Rule } from '../types.ts'

/** Rows that name a parent and do not have it, for longer than a parent on its way takes. */
export const orphan: Rule = {
  code: 'orphan',
  severity: 'error',
  says: 'a row that names a parent by its Zoho id points to the row of it',
  async find({ db, entities, settings, limit, signal }) {
    const found: Found[] = []
    for (const entity of entities.list())
      for (const linked of linksOf(entity)) {
        signal.throwIfAborted()
        const orphans = await listOrphans(db, linked, { minutes: settings.orphan_minutes, limit })
        found.push(
          ...orphans.map(({ state, finding }) => ({
            entity_type: entity.name,
            source_entity_id: finding.source_entity_id,
            part: `${linked.table}.${linked.link.reference} ${finding.expected}`,
            // Zoho keeps lines of what was deleted: there is nothing to do.
            severity: state === 'gone' ? ('info' as const) : finding.severity,
            message: finding.message,
            expected: finding.expected,
            found: finding.found,
          })),
        )
      }
    return found
  },
}
