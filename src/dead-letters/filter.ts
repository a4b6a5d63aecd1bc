import { sql } from '../../db/index.ts'
import { inputError } from '../errors.ts'
import type { Choice, DeadLetterFilter } from './types.ts'

/** What a letter `l` must be to be meant. Zoho's ids are unique across its modules, so an id alone names a record. */
export function conditionOf(filter: DeadLetterFilter) {
  const parts = Object.entries(filter).flatMap(([name, value]) => {
    const part = value === undefined ? undefined : conditions[name]
    return part ? [part(value)] : []
  })
  return parts.length === 0 ? sql<boolean>`true` : sql<boolean>`(${sql.join(parts, sql` and `)})`
}

type Condition = (value: unknown) => ReturnType<typeof sql<boolean>>

const conditions: Readonly<Record<string, Condition>> = {
  entity_type: (value) => sql`l.entity_type = ${value}`,
  source_entity_id: (value) => sql`l.source_entity_id = ${value}`,
  sku: (value) => sql`l.source_entity_id in (select p.zoho_item_id from products p where p.sku = ${value})`,
  error_code: (value) => sql`l.error_code = ${value}`,
  error: (value) => sql`position(lower(${value}) in lower(l.error_message)) > 0`,
  fingerprint: (value) => sql`l.fingerprint = ${value}`,
  from: (value) => sql`l.created_at >= ${value}`,
  to: (value) => sql`l.created_at < ${value}`,
  // Bodies are bytes as they came: the text is looked for as its bytes.
  payload: (value) => sql`exists (
    select from tds_inbox_events e join tds_inbox_payloads b using (event_id)
    where e.entity_type = l.entity_type and e.source_entity_id = l.source_entity_id
      and position(convert_to(${value}, 'UTF8') in b.body) > 0)`,
  resolved: (value) => sql`l.resolved = ${value}`,
}

/** The open letters of a choice. @throws TdsError `DLQ_NOTHING_CHOSEN` */
export function openOf({ ids, filter, previewId }: Choice) {
  const open = conditionOf({ ...filter, resolved: false })
  if (ids?.length) return sql<boolean>`${open} and l.id = any (${[...ids]}::bigint[])`
  if (previewId !== undefined)
    return sql<boolean>`${open} and l.id in (select letter_id from tds_dlq_batch_letters where batch_id = ${previewId})`
  if (filter) return open
  throw inputError('DLQ_NOTHING_CHOSEN', 'Name ids, a filter or a preview')
}
