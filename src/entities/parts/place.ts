import type { Link } from '../entity.ts'
import { type Field, id } from '../field.ts'
import { firstOf } from './first-of.ts'

/** A place where stock lies: `location_id`, or `warehouse_id` where the Locations feature is off; often both. */
export const placeId = (prefix: 'from_' | 'to_' | '' = ''): Field =>
  id(firstOf(`${prefix}location_id`, `${prefix}warehouse_id`))

/** From `zoho_location_id` to `warehouse_id`, each with the prefix of its role. */
export const placeLink = (prefix: 'from_' | 'to_' | '' = ''): Link => ({
  column: `${prefix}warehouse_id`,
  reference: `zoho_${prefix}location_id`,
  parent: 'warehouses',
  parentKey: 'zoho_location_id',
})
