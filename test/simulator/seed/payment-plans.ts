import { dateOf } from '../documents/dates.ts'
import { partyOf } from '../documents/kind.ts'
import type { PaymentKind } from '../documents/payment.ts'
import { type Fields, textOf } from '../json.ts'
import { amountOf, moneyDigits, unitsOf } from '../money.ts'
import type { Random } from '../random.ts'
import type { StoredRecord, World } from '../resource.ts'
import { later } from './document-times.ts'

/** One payment: what it settles, in units of moneyDigits. */
export interface PaymentPlan {
  readonly at: number
  readonly entries: readonly { readonly document: StoredRecord; readonly units: bigint }[]
  /** Paid beyond the entries: so many percent of them; without entries it is an advance. */
  readonly percentOver: number
}

/** So many payments, oldest first, over documents that are not paid: mostly one and whole, also in part, several, too much. */
export function planPayments(world: World, random: Random, kind: PaymentKind, count: number): PaymentPlan[] {
  const { anchorMs } = world.settings
  const open = world.store.all(kind.application.target).filter(({ fields }) => isOpen(fields))
  const isLate = ({ fields }: StoredRecord) => textOf(fields.due_date) < dateOf(anchorMs, world)
  const current = open.filter((document) => !isLate(document))
  const late = open.filter(isLate)
  // Some late ones stay unpaid, and most of those that are not due yet.
  const early = random.sample(current, Math.ceil(current.length / 3))
  const queue = [...early, ...random.sample(late, Math.ceil(late.length * 0.94))]
  const left = new Map(queue.map((document) => [document, unitsOf(document.fields.balance)]))
  const plans: PaymentPlan[] = []

  function take(document: StoredRecord, percent: number): PaymentPlan['entries'][number] {
    const balance = left.get(document) ?? 0n
    const units = percent === 100 ? balance : share(balance, percent, document)
    left.set(document, balance - units)
    return { document, units }
  }
  while (plans.length < count) {
    const manner = manners[plans.length % manners.length] ?? 'whole'
    const document = manner === 'advance' ? undefined : queue.shift()
    if (document && left.get(document) === 0n) continue
    const partly = manner === 'part' || (document !== undefined && !isLate(document))
    const more = document && manner === 'several' ? others(document, queue, left, kind) : []
    const entries = document ? [take(document, partly ? random.integer(20, 80) : 100)] : []
    entries.push(...more.map((one) => take(one, 100)))
    if (document && manner === 'part' && isLate(document) && random.next() < 0.5) queue.push(document)
    const from = Math.max(...entries.map((entry) => entry.document.createdMs))
    const at = entries.length > 0 ? from : anchorMs - random.integer(1, 1000) * 86_400_000
    plans.push({ at: later(random, at, 45, anchorMs), entries, percentOver: manner === 'over' ? 15 : 0 })
  }
  return plans.sort((a, b) => a.at - b.at)
}

// They come round, so that a small organisation has each of them too.
const manners = [
  ...(['whole', 'part', 'whole', 'over', 'whole', 'advance', 'whole', 'several', 'whole', 'whole'] as const),
  ...(['whole', 'whole', 'part', 'whole', 'whole', 'whole', 'whole', 'several', 'whole', 'whole'] as const),
  ...(['whole', 'whole', 'whole', 'part', 'whole', 'whole', 'whole', 'whole', 'whole', 'whole'] as const),
]

const isOpen = ({ status, balance }: Fields): boolean =>
  status !== 'draft' && status !== 'void' && unitsOf(balance) > 0n

// At least one whole unit of the currency's digits, so that something is paid.
function share(balance: bigint, percent: number, { fields }: StoredRecord): bigint {
  const rounded = unitsOf(amountOf((balance * BigInt(percent)) / 100n, Number(fields.price_precision), moneyDigits))
  return rounded === 0n ? balance : rounded
}

function others(
  document: StoredRecord,
  queue: readonly StoredRecord[],
  left: ReadonlyMap<StoredRecord, bigint>,
  { side }: PaymentKind,
): StoredRecord[] {
  const party = partyOf[side].id
  const same = (one: StoredRecord) => one !== document && one.fields[party] === document.fields[party]
  return queue.filter((one) => same(one) && left.get(one) !== 0n).slice(0, 2)
}
