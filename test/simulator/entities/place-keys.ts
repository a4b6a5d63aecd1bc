import type { Fields } from '../json.ts'
import type { World } from '../resource.ts'

/** A place by id and name, under the keys this organisation uses: location_* or, without that feature, warehouse_*. */
export function placeKeys({ settings, store }: World, id: string, prefix = ''): Fields {
  const kind = settings.places === 'locations' ? 'location' : 'warehouse'
  return {
    [`${prefix}${kind}_id`]: id,
    [`${prefix}${kind}_name`]: store.get('locations', id)?.fields.location_name ?? '',
  }
}
