import { fixedId } from '../ids.ts'
import type { Fields } from '../json.ts'
import type { StoredRecord, World } from '../resource.ts'
import { linesOf } from './lines.ts'
import { addressesOf, customOf, placeOf } from './shown.ts'

/** What the details of all documents have: their fields, constants, addresses, places, and lines with all their keys. */
export function documentDetail(record: StoredRecord, contactId: 'customer_id' | 'vendor_id', world: World): Fields {
  const { fields } = record
  const place = placeOf(fields, world)
  return {
    contact_category: '',
    ...constants,
    template_id: fixedId(world, 'template Standard Template'),
    ...withoutOwn(fields),
    ...addressesOf(fields, fields[contactId], world, 'zip'),
    ...place,
    ...customOf(record, world),
    // A list here, text in list rows.
    documents: [],
    line_items: linesOf(fields).map((line) => ({ ...lineConstants, ...place, ...line })),
  }
}

// The place is named as the organisation names places, custom fields in a list of their own.
const withoutOwn = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => key !== 'location_id' && !key.startsWith('cf_')))

const constants: Fields = {
  color_code: '',
  current_sub_status_id: '',
  sub_statuses: [],
  is_viewed_by_client: false,
  client_viewed_time: '',
  is_item_level_tax_calc: false,
  tax_rounding: 'entity_level',
  tax_override_preference: 'no_override',
  computation_type: 'basic',
  discount_applied_on_amount: 0,
  discount_account_id: '',
  discount_account_name: '',
  adjustment_account_id: '',
  adjustment_account_name: '',
  rounding_mode: 'round_half_up',
  contact_persons: [],
  contact_persons_associated: [],
  submitted_date: '',
  submitted_by: '',
  submitter_id: '',
  approver_id: '',
  approvers_list: [],
  subject_content: '',
  attachment_name: '',
  can_send_in_mail: true,
  template_name: 'Standard Template',
  template_type: 'standard',
  page_width: '8.27in',
  page_height: '11.69in',
  orientation: 'portrait',
  entity_type: '',
  tags: [],
}

const lineConstants: Fields = {
  line_item_category: 'line_item',
  header_id: '',
  header_name: '',
  pricebook_id: '',
  project_id: '',
  project_name: '',
  markup_percent: 0,
  discounts: [],
  sales_rate: '',
  image_document_id: '',
  image_name: '',
  image_type: '',
  item_custom_fields: [],
  tags: [],
  documents: [],
}
