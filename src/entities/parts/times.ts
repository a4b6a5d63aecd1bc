import { type Field, time } from '../field.ts'
import { firstOf } from './first-of.ts'

/** When Zoho made and last changed the record; the detail of a customer payment calls the latter `updated_time`. */
export const times = {
  zoho_created_at: time('created_time'),
  zoho_last_modified_at: time(firstOf('last_modified_time', 'updated_time')),
} satisfies Record<string, Field>
