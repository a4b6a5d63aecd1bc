import { completeCreditNote } from '../documents/credit-note.ts'
import { currencyOf } from '../documents/currency.ts'
import { dateOf } from '../documents/dates.ts'
import { creditNoteKind, invoiceKind } from '../documents/kinds.ts'
import { linesOf } from '../documents/lines.ts'
import { inBase } from '../documents/totals.ts'
import { type Fields, textOf } from '../json.ts'
import { amountOf, unitsOf } from '../money.ts'
import type { Random } from '../random.ts'
import type { StoredRecord, World } from '../resource.ts'
import { createDrafts } from './document-drafts.ts'
import { later, scaled } from './document-times.ts'
import { settleMore, typedHead, typedLine } from './owed.ts'

/** Credit notes over lines of invoices: credited to them, refunded, left open, or not issued. */
export function seedCreditNotes(world: World): StoredRecord[] {
  const drafts = createDrafts(world, creditNoteKind)
  const { random } = drafts
  const issued = world.store.all('invoices').filter(({ fields }) => unitsOf(fields.balance) > 0n && isIssued(fields))
  const sources = random.sample(issued, scaled(world, 80)).map((invoice) => ({
    invoice,
    createdMs: later(random, invoice.createdMs, 60, world.settings.anchorMs),
  }))
  sources.sort((a, b) => a.createdMs - b.createdMs)
  return sources.map(({ invoice, createdMs }, number) => {
    const use = uses[number % uses.length] ?? 'open'
    const note = drafts.record(number, typedFrom(random, invoice, use, createdMs, world), createdMs)
    if (use === 'credited' || use === 'partly') credit(note, invoice, use === 'partly', world)
    if (use === 'refunded' || use === 'credited') refund(note, world)
    return note
  })
}

type Use = 'credited' | 'partly' | 'refunded' | 'open' | 'draft' | 'void'
const uses: readonly Use[] = [
  ...(['credited', 'partly', 'open', 'refunded', 'credited', 'void', 'credited', 'draft'] as const),
  ...(['credited', 'open', 'credited', 'partly', 'refunded', 'credited', 'open', 'credited'] as const),
]

const isIssued = ({ status }: Fields): boolean => status !== 'draft' && status !== 'void'

function typedFrom(random: Random, invoice: StoredRecord, use: Use, createdMs: number, world: World): Fields {
  const lines = linesOf(invoice.fields)
  const returned = random.sample(lines, random.integer(1, lines.length))
  return {
    ...typedHead(invoice.fields, 0),
    date: dateOf(createdMs, world),
    status: use === 'draft' || use === 'void' ? use : 'open',
    reference_number: invoice.fields.invoice_number ?? '',
    line_items: returned.map((line) => ({
      ...typedLine(line, line.quantity ?? 0),
      invoice_id: invoice.id,
      invoice_item_id: line.line_item_id ?? '',
    })),
  }
}

function credit(note: StoredRecord, invoice: StoredRecord, partly: boolean, world: World): void {
  const owed = unitsOf(invoice.fields.balance)
  const whole = unitsOf(note.fields.total)
  const most = whole < owed ? whole : owed
  const precision = Number(note.fields.price_precision)
  const credited_amount = amountOf(partly ? most / 2n : most, precision)
  const invoices_credited = [{ invoice_id: invoice.id, creditnote_id: note.id, credited_amount }]
  note.fields = completeCreditNote({ ...note.fields, invoices_credited }, world, { invoices_credited })
  settleMore(invoice, invoiceKind, { credits_applied: credited_amount }, note.createdMs, world)
}

// What is left of it is paid back.
function refund(note: StoredRecord, world: World): void {
  const { date = '', balance = 0, currency_code, exchange_rate, creditnote_number = '' } = note.fields
  if (unitsOf(balance) === 0n) return
  const currency = currencyOf(textOf(currency_code), world)
  const amount_bcy = inBase(unitsOf(balance, currency.precision), exchange_rate, currency)
  const amounts = { amount_fcy: balance, amount_bcy }
  const creditnote_refunds = [{ date, refund_mode: 'cash', reference_number: '', creditnote_number, ...amounts }]
  note.fields = completeCreditNote({ ...note.fields, creditnote_refunds }, world, { creditnote_refunds })
}
