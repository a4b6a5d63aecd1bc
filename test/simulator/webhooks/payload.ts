import { amount, type Fields, isAmount, type Json, textOf } from '../json.ts'
import type { Change } from '../organisation.ts'
import type { StoredRecord, World } from '../resource.ts'

export const templates = ['default', 'numeric-ids', 'form', 'json-string', 'id-only'] as const
export type Template = (typeof templates)[number]

/** A webhook as it will be sent, made when the change happened. */
export interface Payload {
  readonly contentType: string
  readonly body: string
  /** The pairs of a form body, which are signed instead of the body. */
  readonly form?: [string, string][]
}

/** Writes a change the way the rule's editor was set. */
export function payloadOf({ resource, record }: Change, template: Template, world: World): Payload {
  const { inventory, books } = resource.views
  const document = documentOf(resource.webhook?.product === 'books' ? books : (inventory ?? books), record, world)
  const envelope = resource.webhook?.envelope ?? resource.name
  const whole = { [envelope]: document }
  switch (template) {
    case 'form':
      return form(chosen(resource.idField).flatMap((key) => (key in document ? [[key, textOf(document[key])]] : [])))
    case 'json-string':
      return form([['JSONString', JSON.stringify(whole)]])
    case 'id-only':
      return json({ [resource.idField]: record.id })
    case 'numeric-ids':
      return json({ [envelope]: { ...document, [resource.idField]: amount(record.id) } })
    default:
      return json(whole)
  }
}

// The fields somebody picked for a form; the id is always among them.
const chosen = (idField: string): string[] => [
  ...new Set([idField, 'contact_id', 'name', 'sku', 'status', 'rate', 'total', 'balance', 'last_modified_time']),
]

function documentOf(
  view:
    | { detail?(record: StoredRecord, world: World): Fields; listRow(record: StoredRecord, world: World): Fields }
    | undefined,
  record: StoredRecord,
  world: World,
): Fields {
  const document = view?.detail?.(record, world) ?? view?.listRow(record, world) ?? record.fields
  return { ...document, ...formattedTwins(document) }
}

// The default payload shows each amount and date a second time, as text for people.
function formattedTwins(document: Fields): Fields {
  const twins: { [key: string]: Json } = {}
  const symbol = textOf(document.currency_symbol) || '$'
  const precision = typeof document.price_precision === 'number' ? document.price_precision : 2
  for (const [key, value] of Object.entries(document)) {
    if (isAmount(value)) twins[`${key}_formatted`] = `${symbol}${Number(value.rawJSON).toFixed(precision)}`
    else if (isMoment(key)) twins[`${key}_formatted`] = textOf(value).slice(0, 10)
    else if (key.startsWith('cf_') || key === 'status') twins[`${key}_formatted`] = textOf(value)
  }
  return twins
}

const isMoment = (key: string): boolean => key === 'date' || key.endsWith('_date') || key.endsWith('_time')

const json = (body: Fields): Payload => ({ contentType: 'application/json', body: JSON.stringify(body) })

function form(pairs: [string, string][]): Payload {
  const body = new URLSearchParams(pairs).toString()
  return { contentType: 'application/x-www-form-urlencoded', body, form: pairs }
}
