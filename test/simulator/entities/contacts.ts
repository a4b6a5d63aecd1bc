import { withId, withIds } from '../ids.ts'
import { type Fields, isFields } from '../json.ts'
import { contains, equals, type Filter, named, type Resource, type Test, type View, type World } from '../resource.ts'
import { seedContacts } from '../seed/contacts.ts'
import { booksDetail, booksRow, inventoryDetail, inventoryRow } from './contact-views.ts'

const status =
  (wanted: string): Test =>
  ({ fields }) =>
    fields.status === wanted

const filters: Record<string, Filter> = {
  filter_by: named({
    'Status.All': () => true,
    'Status.Active': status('active'),
    'Status.Inactive': status('inactive'),
    'Status.Duplicate': status('duplicate'),
    'Status.Crm': status('crm'),
  }),
  contact_type: equals('contact_type'),
  contact_name: equals('contact_name'),
  contact_name_contains: contains('contact_name'),
  company_name: equals('company_name'),
  email: equals('email'),
  phone: equals('phone'),
  search_text: contains('contact_name', 'company_name', 'email', 'phone', 'mobile'),
}

// Neither product has a modification filter here: `last_modified_time` is ignored in silence, its sort is not.
const shared = {
  path: '/contacts',
  listKey: 'contacts',
  detailKey: 'contact',
  paged: true,
  reportName: 'Contacts',
  defaultFilter: 'Status.All',
  filters,
  sort: {
    columns: [
      'contact_name',
      'first_name',
      'last_name',
      'email',
      'outstanding_receivable_amount',
      'created_time',
      'last_modified_time',
    ],
    column: 'contact_name',
    order: 'A',
  },
} satisfies Partial<View>

export const contacts: Resource = {
  name: 'contacts',
  idField: 'contact_id',
  label: 'Contact',
  webhook: {
    module: ({ fields }) => (fields.contact_type === 'vendor' ? 'suppliers' : 'customers'),
    envelope: 'contact',
    product: 'books',
  },
  blank: {
    contact_name: 'New contact',
    contact_type: 'customer',
    company_name: '',
    status: 'active',
    currency_code: 'IQD',
    payment_terms: 0,
    owner_id: '',
    credit_limit: '',
    first_name: '',
    last_name: '',
    email: '',
    phone: '',
    mobile: '',
    contact_persons: [],
    billing_address: {},
    shipping_address: {},
  },
  prepare: complete,
  seed: seedContacts,
  views: {
    books: { ...shared, listRow: booksRow, detail: booksDetail },
    inventory: { ...shared, listRow: inventoryRow, detail: inventoryDetail },
  },
}

function complete(fields: Fields, world: World): Fields {
  const code = fields.currency_code ?? ''
  const currency = world.store.all('currencies').find(({ fields: own }) => own.currency_code === code)
  const address = (key: string) => withId(isFields(fields[key]) ? fields[key] : {}, 'address_id', world)
  return {
    ...fields,
    currency_id: currency?.id ?? '',
    contact_persons: withIds(fields.contact_persons, 'contact_person_id', world),
    billing_address: address('billing_address'),
    shipping_address: address('shipping_address'),
  }
}
