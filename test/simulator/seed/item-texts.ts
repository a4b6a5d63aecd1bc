import { amount, type Fields } from '../json.ts'
import type { Random } from '../random.ts'
import type { Role } from './cast.ts'
import { arabicThings, arabicTraits, things, traits } from './words.ts'

/** A name of at most 68 characters that no other item of the seed has. */
export function nameFor(random: Random, role: Role, brand: string, index: number): string {
  const name = role.arabicName
    ? `${random.oneOf(arabicThings)} ${random.oneOf(arabicTraits)}`
    : `${brand} ${random.oneOf(things)} ${random.oneOf(traits)}`
  return `${name} ${1000 + index}`
}

/** Mostly short codes; some of the odd ones that make a SKU unfit as key or file name. */
export function sku(random: Random, index: number): string {
  const plain = `${random.oneOf(['AB', 'KT', 'NX', 'ZP'])}-${1000 + index}`
  switch (random.integer(0, 9)) {
    case 0:
      return `${plain}/${random.integer(1, 9)}, 50% مخصص`
    case 1:
      return `${`${plain}/50%, مخصص `.repeat(12).slice(0, 119)}X`
    case 2:
      return `كود ${1000 + index}`
    default:
      return plain
  }
}

/** Sale and cost price as the digits somebody typed. */
export function prices(random: Random, role: Role): Fields {
  const cost = random.integer(1, 4000)
  if (role.free) return { rate: amount('0'), purchase_rate: amount(role.costAbovePrice ? literal(random, cost) : '0') }
  return { rate: amount(literal(random, cost + random.integer(30, 900))), purchase_rate: amount(literal(random, cost)) }
}

function literal(random: Random, tenths: number): string {
  const units = Math.floor(tenths / 10)
  switch (random.integer(0, 5)) {
    case 0:
      return `${units + 1}.00`
    case 1:
      return `${units}.${tenths % 10}70`
    case 2:
      return `${units}.${tenths % 10}`
    case 3:
      return `${units}.9999999999`
    default:
      return String(units + 1)
  }
}
