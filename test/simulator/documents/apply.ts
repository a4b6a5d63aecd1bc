import { type Fields, textOf } from '../json.ts'
import { amountOf, moneyDigits, unitsOf } from '../money.ts'
import type { Effect, World } from '../resource.ts'
import type { Application } from './application.ts'
import { currencyOf } from './currency.ts'
import { linesOf } from './lines.ts'
import { settlersOf } from './links.ts'
import { sum } from './sums.ts'

/** The entries of a record, each with its id and what its target says. */
export function completeEntries(application: Application, fields: Fields, world: World): Fields[] {
  const { list, entryId, targetId, targetNumber, target, appliedOn } = application
  return linesOf(fields, list).map((entry) => {
    const settled = world.store.get(target, textOf(entry[targetId]))?.fields
    return {
      ...entry,
      [entryId]: entry[entryId] || world.nextId(),
      [targetNumber]: entry[targetNumber] || (settled?.[targetNumber] ?? ''),
      [appliedOn]: entry[appliedOn] || (fields.date ?? ''),
    }
  })
}

/** Units (moneyDigits) that a record applies to all its targets, or to one. */
export function appliedBy({ list, amount, targetId }: Application, fields: Fields, id?: string): bigint {
  const entries = linesOf(fields, list).filter((entry) => id === undefined || textOf(entry[targetId]) === id)
  return sum(entries.map((entry) => unitsOf(entry[amount])))
}

/** The new sums of the targets whose share of a record changed; to be asked once the store holds the record as it is. */
export const effectsOf =
  (application: Application) =>
  (before: Fields | undefined, after: Fields | undefined, world: World): Effect[] => {
    const { list, target, targetId } = application
    const entries = [before, after].flatMap((fields) => (fields ? linesOf(fields, list) : []))
    const share = (fields: Fields | undefined, id: string) => (fields ? appliedBy(application, fields, id) : 0n)
    return [...new Set(entries.map((entry) => textOf(entry[targetId])))]
      .filter((id) => share(before, id) !== share(after, id) && world.store.get(target, id) !== undefined)
      .map((id) => ({ resource: target, id, fields: settledFields(application, id, world) }))
  }

function settledFields(application: Application, id: string, world: World): Fields {
  const { sum: key, latest, target } = application
  const own = settlersOf(application, id, world).map(({ fields }) => fields)
  const { precision } = currencyOf(textOf(world.store.get(target, id)?.fields.currency_code), world)
  const units = sum(own.map((fields) => appliedBy(application, fields, id)))
  const dates = own.map(({ date }) => textOf(date)).sort()
  return {
    [key]: amountOf(units, precision, moneyDigits),
    ...(latest ? { [latest]: dates.at(-1) ?? '' } : {}),
  }
}
