import { fixedId } from '../ids.ts'
import { type Fields, isFields, numberOf, textOf } from '../json.ts'
import { type StoredRecord, type World, without } from '../resource.ts'
import { balancesOf, hasDocuments } from './balances.ts'
import { baseCurrency } from './currencies.ts'

export function booksRow(contact: StoredRecord, world: World): Fields {
  const { fields } = contact
  // Both names, whatever the contact is: only contact_type tells.
  return {
    contact_id: contact.id,
    contact_name: fields.contact_name ?? '',
    customer_name: fields.contact_name ?? '',
    vendor_name: fields.contact_name ?? '',
    ...shared(contact, world),
    contact_type_formatted: fields.contact_type === 'vendor' ? 'Vendors' : 'Customer',
    portal_status_formatted: 'Disabled',
    created_time_formatted: displayDate(fields.created_time),
    last_modified_time_formatted: displayDate(fields.last_modified_time),
    contactperson_custom_fields: [],
    has_attachment: false,
    ...without(fields, detailOnly),
  }
}

export function booksDetail(contact: StoredRecord, world: World): Fields {
  const { fields } = contact
  return {
    contact_id: contact.id,
    ...shared(contact, world),
    ...detailConstants,
    has_transaction: hasDocuments(contact, world),
    ...currencyOf(contact, world),
    owner_name: fields.owner_id ? 'Simulated Seller' : '',
    created_date: displayDate(fields.created_time),
    created_by_id: fixedId(world, 'user 1'),
    last_modified_by_id: fixedId(world, 'user 1'),
    pricebook_name: world.store.get('pricebooks', textOf(fields.pricebook_id))?.fields.name ?? '',
    ...fields,
    primary_contact_id: primaryPerson(fields),
    billing_address: addressOf(fields.billing_address),
    shipping_address: addressOf(fields.shipping_address),
  }
}

export const inventoryRow = (contact: StoredRecord, world: World): Fields =>
  only(booksRow(contact, world), inventoryRowKeys)

export const inventoryDetail = (contact: StoredRecord, world: World): Fields =>
  without(booksDetail(contact, world), notInInventoryDetail)

const inventoryRowKeys = [
  ...['contact_id', 'contact_name', 'company_name', 'contact_type', 'status', 'payment_terms', 'payment_terms_label'],
  ...['currency_id', 'currency_code', 'outstanding_receivable_amount', 'unused_credits_receivable_amount'],
  ...['first_name', 'last_name', 'email', 'phone', 'mobile', 'created_time', 'last_modified_time'],
]
const notInInventoryDetail = new Set([
  ...['source', 'portal_status', 'is_bcy_only_contact', 'customer_sub_type', 'sales_channel', 'owner_id', 'owner_name'],
  ...['credit_limit', 'credit_limit_exceeded_amount', 'customer_currency_summaries', 'outstanding_payable_amount'],
  ...['outstanding_payable_amount_bcy', 'unused_credits_payable_amount', 'unused_credits_payable_amount_bcy'],
])
const detailOnly = new Set([
  ...['contact_persons', 'billing_address', 'shipping_address', 'addresses', 'credit_limit', 'owner_id', 'notes'],
  ...['pricebook_id', 'primary_contact_id', 'opening_balances', 'documents', 'exchange_rate'],
])

function shared(contact: StoredRecord, world: World): Fields {
  const { fields } = contact
  const terms = numberOf(fields.payment_terms)
  return {
    company_name: '',
    website: '',
    language_code: '',
    language_code_formatted: '',
    customer_sub_type: 'business',
    source: 'user',
    is_linked_with_zohocrm: false,
    payment_terms_id: fixedId(world, `payment terms ${terms}`),
    payment_terms_label: termsLabel(terms),
    twitter: '',
    facebook: '',
    ...balancesOf(contact, world),
    portal_status: 'disabled',
    track_1099: false,
    custom_fields: [],
    custom_field_hash: {},
    tags: [],
    ach_supported: false,
  }
}

// What the detail of a contact says beside its own fields; blanks are "" where numbers are expected, as recorded.
const detailConstants: Fields = {
  contact_salutation: '',
  contact_tax_information: '',
  designation: '',
  department: '',
  photo_url: '',
  is_client_review_asked: false,
  contact_relation_type: '',
  documents: [],
  is_crm_customer: false,
  credit_limit_exceeded_amount: 0,
  lock_details: { can_lock: false },
  exchange_rate: '',
  can_show_customer_ob: true,
  can_show_vendor_ob: true,
  opening_balance_amount: 0,
  opening_balance_amount_bcy: '',
  outstanding_ob_receivable_amount: 0,
  outstanding_ob_payable_amount: 0,
  unused_retainer_payments: 0,
  payment_reminder_enabled: true,
  is_sms_enabled: true,
  is_consent_agreed: false,
  consent_date: '',
  tax_reg_label: '',
  account_id: '',
  account_name: '',
  sales_channel: 'direct_sales',
  opening_balances: [],
  addresses: [],
  default_templates: { invoice_template_id: '', invoice_template_name: '' },
  cards: [],
  bank_accounts: [],
  notes: '',
  created_by_name: 'Simulated Owner',
  pricebook_id: '',
  approvers_list: [],
  integration_references: [],
}

function currencyOf(contact: StoredRecord, world: World): Fields {
  const {
    price_precision = 2,
    currency_symbol = '',
    currency_name_formatted = '',
  } = world.store.get('currencies', textOf(contact.fields.currency_id))?.fields ?? {}
  const isBase = contact.fields.currency_code === baseCurrency
  const { outstanding_receivable_amount = 0, unused_credits_receivable_amount = 0 } = balancesOf(contact, world)
  const summary = {
    currency_id: contact.fields.currency_id ?? '',
    currency_code: contact.fields.currency_code ?? '',
    currency_symbol,
    price_precision,
    is_base_currency: isBase,
    currency_name_formatted,
    outstanding_receivable_amount,
    unused_credits_receivable_amount,
  }
  const summaries = contact.fields.contact_type === 'customer' ? [summary] : []
  return { price_precision, currency_symbol, is_bcy_only_contact: isBase, customer_currency_summaries: summaries }
}

function primaryPerson({ contact_persons }: Fields): string {
  const persons = Array.isArray(contact_persons) ? contact_persons.filter(isFields) : []
  return textOf((persons.find((person) => person.is_primary_contact === true) ?? persons[0])?.contact_person_id)
}

// Always there and always whole, though mostly blank.
const addressOf = (address: unknown): Fields => ({ ...blankAddress, ...(isFields(address) ? address : {}) })
const blankAddress: Fields = {
  address_id: '',
  attention: '',
  address: '',
  street2: '',
  city: '',
  state_code: '',
  state: '',
  zip: '',
  country: '',
  county: '',
  country_code: '',
  phone: '',
  fax: '',
  latitude: '',
  longitude: '',
}

function termsLabel(days: number): string {
  if (days === -3) return 'Due end of next month'
  return days === 0 ? 'Due on Receipt' : `Net ${days}`
}

const displayDate = (stamp: unknown): string =>
  String(stamp ?? '')
    .slice(0, 10)
    .split('-')
    .reverse()
    .join('/')

const only = (fields: Fields, keys: readonly string[]): Fields =>
  Object.fromEntries(keys.map((key) => [key, fields[key] ?? '']))
