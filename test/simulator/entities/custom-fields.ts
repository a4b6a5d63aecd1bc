import { type Fields, type Json, textOf } from '../json.ts'
import { hash } from '../random.ts'
import type { StoredRecord, World } from '../resource.ts'

/** The flattened cf_ keys of an item are the truth: list rows show them so, details as a list and as a hash. */
export function customFieldsOf(item: StoredRecord, world: World): { byName: Fields; list: Json[]; flat: Fields } {
  const byName: Fields = {}
  const list: Json[] = []
  const flat: Fields = {}
  for (const key in item.fields) {
    if (!key.startsWith('cf_')) continue
    const value = item.fields[key] ?? ''
    Object.assign(byName, { [key]: textOf(value), [`${key}_unformatted`]: value })
    Object.assign(flat, { [key]: value, [`${key}_unformatted`]: value })
    list.push(customField(key, value, list.length + 1, world))
  }
  return { byName, list, flat }
}

function customField(apiName: string, value: Json, index: number, world: World): Fields {
  const id = `${world.settings.organizationId}${String(hash(apiName)).padStart(10, '0')}`
  return {
    customfield_id: id,
    field_id: id,
    api_name: apiName,
    label: apiName.slice(3).replaceAll('_', ' '),
    data_type: typeof value === 'string' ? 'string' : 'decimal',
    value,
    value_formatted: textOf(value),
    index,
    is_active: true,
    placeholder: apiName,
    search_entity: 'item',
  }
}
