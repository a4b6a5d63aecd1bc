import { effectsOf } from '../documents/apply.ts'
import { completeCreditNote } from '../documents/credit-note.ts'
import { documentDetail } from '../documents/detail.ts'
import { mentions, onDate, statusFilters } from '../documents/filters.ts'
import { creditNoteKind, invoiceCredits } from '../documents/kinds.ts'
import { linesOf } from '../documents/lines.ts'
import { authorsOf, only, userName } from '../documents/shown.ts'
import { type Fields, textOf } from '../json.ts'
import { contains, equals, type Resource, type StoredRecord, type View, type World } from '../resource.ts'
import { seedCreditNotes } from '../seed/creditnotes.ts'

// Neither product has a modification filter here: `last_modified_time` is ignored in silence, and so is its sort.
const view: View = {
  path: '/creditnotes',
  listKey: 'creditnotes',
  detailKey: 'creditnote',
  paged: true,
  reportName: 'Credit Notes',
  defaultFilter: 'Status.All',
  sort: {
    columns: ['customer_name', 'creditnote_number', 'balance', 'total', 'date', 'created_time'],
    column: 'created_time',
    order: 'D',
  },
  filters: {
    ...statusFilters(['draft', 'open', 'closed', 'void']),
    date: onDate(),
    customer_id: equals('customer_id'),
    item_id: mentions('item_id'),
    search_text: contains('creditnote_number', 'reference_number', 'customer_name'),
  },
  listRow,
  detail,
}

export const creditnotes: Resource = {
  name: 'creditnotes',
  idField: 'creditnote_id',
  label: 'Credit Note',
  webhook: { module: 'credit-notes', envelope: 'creditnote', product: 'books' },
  blank: creditNoteKind.blank,
  prepare: completeCreditNote,
  effects: effectsOf(invoiceCredits),
  seed: seedCreditNotes,
  views: { books: view, inventory: view },
}

function listRow(note: StoredRecord, world: World): Fields {
  const { fields } = note
  const contact = world.store.get('contacts', textOf(fields.customer_id))?.fields ?? {}
  return {
    creditnote_id: note.id,
    ...only(fields, rowKeys),
    ...only(contact, ['company_name', 'email', 'phone']),
    // Text here, a list of its own in the detail.
    applied_invoices: linesOf(fields, 'invoices_credited')
      .map(({ invoice_number }) => textOf(invoice_number))
      .join(', '),
    created_by: userName,
    current_sub_status: fields.status ?? '',
    color_code: '',
    has_attachment: false,
    is_emailed: fields.status !== 'draft',
    is_viewed_by_client: false,
    client_viewed_time: '',
    documents: '',
    tags: [],
  }
}

function detail(note: StoredRecord, world: World): Fields {
  return {
    creditnote_id: note.id,
    is_viewed_by_client: false,
    email: '',
    estimate_id: '',
    contact_category: '',
    filed_in_vat_return_id: '',
    ...documentDetail(note, 'customer_id', world),
    ...authorsOf(world),
    current_sub_status: note.fields.status ?? '',
    is_emailed: note.fields.status !== 'draft',
  }
}

const rowKeys = [
  ...['creditnote_number', 'status', 'reference_number', 'date', 'total', 'balance', 'customer_id', 'customer_name'],
  ...['currency_id', 'currency_code', 'exchange_rate', 'price_precision', 'salesperson_id', 'salesperson_name'],
  ...['created_time', 'last_modified_time'],
]
