import { fixedId } from '../ids.ts'
import { type Fields, textOf } from '../json.ts'
import { amountOf, unitsOf } from '../money.ts'
import type { Random } from '../random.ts'
import type { StoredRecord, World } from '../resource.ts'
import { documentMoments, type Moment } from './moments.ts'
import { share } from './scale.ts'
import { adjustmentReasons, transferNotes } from './stock-words.ts'

/** Adjustments of stock, oldest first. */
export function seedAdjustments(world: World): StoredRecord[] {
  const random = world.random('adjustments')
  const moments = documentMoments(random, world.settings.anchorMs, share(world.settings, 60, 2))
  return moments.map((moment, index) => {
    const location = random.oneOf(placesOf(world))
    const byValue = index % 10 === 9
    const reason = random.oneOf(adjustmentReasons)
    const lines = goodsOf(world, random, random.integer(1, 5)).map((item) =>
      adjustedLine(world, random, item, location, byValue),
    )
    return recordOf(world, moment, {
      reason,
      reason_id: fixedId(world, `reason ${reason}`),
      description: random.next() < 0.3 ? `${reason} ${index + 1}` : '',
      reference_number: random.next() < 0.5 ? `IA-${String(index + 1).padStart(5, '0')}` : '',
      adjustment_type: byValue ? 'value' : 'quantity',
      status: index % 15 === 14 ? 'draft' : 'adjusted',
      location_id: location,
      line_items: lines,
    })
  })
}

/** Transfers of stock between places, oldest first. */
export function seedTransfers(world: World): StoredRecord[] {
  const random = world.random('transfers')
  const moments = documentMoments(random, world.settings.anchorMs, share(world.settings, 40, 2))
  return moments.map((moment, index) => {
    const [from = '', to = ''] = random.sample(placesOf(world), 2)
    const status = index >= moments.length - 3 ? 'in_transit' : index % 13 === 12 ? 'void' : 'transferred'
    return recordOf(world, moment, {
      transfer_order_number: `TO-${String(index + 1).padStart(5, '0')}`,
      description: random.next() < 0.3 ? random.oneOf(transferNotes) : '',
      status,
      is_intransit_order: status === 'in_transit',
      from_location_id: from,
      to_location_id: to,
      line_items: goodsOf(world, random, random.integer(1, 8)).map(
        ({ id, fields }): Fields => ({
          line_item_id: world.nextId(),
          item_id: id,
          name: fields.name ?? '',
          quantity_transfer: random.integer(1, 60),
        }),
      ),
    })
  })
}

function recordOf(world: World, { createdMs, modifiedMs }: Moment, fields: Fields): StoredRecord {
  const created = world.time.stamp(createdMs)
  const stamps = { created_time: created, last_modified_time: world.time.stamp(modifiedMs) }
  return { id: world.nextId(), fields: { date: created.slice(0, 10), ...fields, ...stamps }, createdMs, modifiedMs }
}

function adjustedLine(
  world: World,
  random: Random,
  { id, fields }: StoredRecord,
  locationId: string,
  byValue: boolean,
): Fields {
  const quantity = byValue ? 0 : random.oneOf([-1, -1, 1]) * random.integer(1, 20)
  const worth = byValue ? BigInt(random.integer(-500, 500)) * 10_000n : unitsOf(fields.purchase_rate) * BigInt(quantity)
  return {
    line_item_id: world.nextId(),
    item_id: id,
    name: fields.name ?? '',
    quantity_adjusted: quantity,
    item_total: amountOf(worth, 2),
    location_id: locationId,
  }
}

const goodsOf = (world: World, random: Random, count: number): StoredRecord[] =>
  random.sample(
    world.store.all('items').filter(({ fields }) => fields.item_type === 'inventory'),
    count,
  )

function placesOf(world: World): [string, ...string[]] {
  const [first, ...rest] = world.store.all('locations').filter(({ fields }) => textOf(fields.status) === 'active')
  return [first?.id ?? '', ...rest.map(({ id }) => id)]
}
