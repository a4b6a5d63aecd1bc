import { defineEntity, type Entity, type ReadPlan, type WebhookRule } from '../entity.ts'
import { absent, decimal, type Field, id, integer, isOneOf, type JsonObject, json, text, time } from '../field.ts'
import { arabicName } from './arabic.ts'
import { nameUnreadInArabic } from './contact-names.ts'

/** Zoho's contacts are customers or suppliers by their `contact_type`, in one list, under one id space. */
export interface ContactRole {
  readonly name: 'customers' | 'suppliers'
  readonly order: number
  readonly contactType: 'customer' | 'vendor'
  readonly modules: readonly string[]
  readonly rule?: WebhookRule
  readonly checks: NonNullable<Entity['checks']>
  readonly timetable: NonNullable<Entity['timetable']>
}

/** One call answers for both tables: whoever stops to be a customer may be a supplier from then on. */
const contactDetail: ReadPlan = {
  kind: 'single',
  product: 'books',
  path: (contactId) => `/contacts/${contactId}`,
  keys: ['contact'],
  feeds: ['customers', 'suppliers'],
}

/** Books `/contacts`: no modification filter, but a sort by it; balances move without a modification. */
export function defineContact({ name, order, contactType, modules, rule, checks, timetable }: ContactRole): Entity {
  // One without a word of its kind must not be taken for both.
  const isOurs = (document: JsonObject) => (document.contact_type || 'customer') === contactType
  return defineEntity({
    name,
    order,
    id: { fields: ['contact_id'], column: 'zoho_contact_id' },
    lane: 'read',
    webhook: { modules, wrappers: ['contact', 'customer', 'vendor'], ...(rule && { rule }) },
    list: {
      product: 'books',
      path: '/contacts',
      keys: ['contacts'],
      paged: true,
      query: { contact_type: contactType, filter_by: 'Status.All' },
      stableSort: 'created_time',
      fence: 'last_modified_time',
      skip: (row) => !isOurs(row),
    },
    read: contactDetail,
    accepts: isOurs,
    details: { when: 'changed', age: 'zoho_last_modified_at' },
    sweep: 'list',
    checks,
    timetable,
    views: {
      list: { keepsDocument: false, columns: listColumns },
      // Its first document makes it one with transactions, and does not modify it.
      detail: { keepsDocument: true, columns: detailColumns, volatile: ['has_transaction'] },
    },
    // Balances reach zero by being paid, at a month's end by hundreds: only who vanishes is asked about.
    guarded: ['is_active'],
    links: [
      {
        column: 'pricing_list_id',
        reference: 'zoho_pricebook_id',
        parent: 'pricing_lists',
        parentKey: 'zoho_pricebook_id',
      },
    ],
    after: (tx, written) => nameUnreadInArabic(tx, name, written),
  })
}

const shared = {
  name: text('contact_name'),
  company_name: text('company_name'),
  customer_sub_type: text('customer_sub_type'),
  website: text('website'),
  payment_terms: integer('payment_terms'),
  payment_terms_label: text('payment_terms_label'),
  outstanding_receivable_amount: decimal('outstanding_receivable_amount'),
  outstanding_payable_amount: decimal('outstanding_payable_amount'),
  unused_credits_receivable_amount: decimal('unused_credits_receivable_amount'),
  unused_credits_payable_amount: decimal('unused_credits_payable_amount'),
  currency_code: text('currency_code'),
  zoho_currency_id: id('currency_id'),
  status: text('status'),
  is_active: isOneOf('status', 'active'),
  zoho_created_at: time('created_time'),
  zoho_last_modified_at: time('last_modified_time'),
} satisfies Record<string, Field>

const listColumns = {
  ...shared,
  name_ar: text(arabicName('list', 'contact_name')),
  first_name: text('first_name'),
  last_name: text('last_name'),
  email: text('email'),
  phone: text('phone'),
  mobile: text('mobile'),
}

const detailColumns = {
  ...shared,
  name_ar: text(arabicName('detail', 'contact_name')),
  first_name: text(orOfPrimaryPerson('first_name')),
  last_name: text(orOfPrimaryPerson('last_name')),
  email: text(orOfPrimaryPerson('email')),
  phone: text(orOfPrimaryPerson('phone')),
  mobile: text(orOfPrimaryPerson('mobile')),
  billing_address: json('billing_address'),
  shipping_address: json('shipping_address'),
  credit_limit: decimal('credit_limit'),
  opening_balance_amount: decimal('opening_balance_amount'),
  zoho_owner_id: id('owner_id'),
  zoho_primary_contact_id: id('primary_contact_id'),
  zoho_pricebook_id: id('pricebook_id'),
  notes: text('notes'),
}

/** List rows carry the primary person's name and numbers; a detail may leave them blank at its top and have them there. */
function orOfPrimaryPerson(key: string): Field['take'] {
  return (document) => {
    const own = key in document ? document[key] : absent
    if (own !== absent && own !== null && own !== '') return own
    return primaryPerson(document)?.[key] ?? own
  }
}

function primaryPerson({ contact_persons, primary_contact_id }: JsonObject): JsonObject | undefined {
  const persons: readonly JsonObject[] = Array.isArray(contact_persons) ? contact_persons.filter(Boolean) : []
  return (
    persons.find((person) => person.is_primary_contact === true) ??
    persons.find((person) => person.contact_person_id === primary_contact_id)
  )
}
