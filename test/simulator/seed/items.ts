import { imageFields } from '../images/fields.ts'
import type { Picture, PictureKind } from '../images/picture.ts'
import type { Fields } from '../json.ts'
import type { Random } from '../random.ts'
import type { PlaceStock, StoredRecord, World } from '../resource.ts'
import { castItems, type Role } from './cast.ts'
import { nameFor, prices, sku } from './item-texts.ts'
import { arabicDescriptions, arabicThings, arabicTraits, brands, descriptions, services } from './words.ts'

/** The items of the organisation: how many are what is in cast.ts, what they look like is here. */
export function seedItems(world: World): StoredRecord[] {
  const roles = castItems(world.random('item cast'), world.settings.items)
  const random = world.random('items')
  const records = roles.map((role, index) => seedItem(world, random, role, index))
  repeatOneName(records)
  return records
}

function seedItem(world: World, random: Random, role: Role, index: number): StoredRecord {
  const id = world.nextId()
  const { createdMs, modifiedMs } = times(random, world.settings.anchorMs, index)
  const picture = pictureFor(role, index)
  const fields: Fields = {
    ...texts(world, random, role, index),
    ...prices(random, role),
    item_type: role.itemType,
    product_type: role.service ? 'service' : 'goods',
    status: role.active ? 'active' : 'inactive',
    unit: role.service ? '' : 'pcs',
    category_id: role.category ? categoryId(world, random) : '',
    reorder_level: role.blankReorder ? '' : random.integer(0, 40),
    ...imageFields(picture, picture ? world.nextId() : ''),
    created_time: world.time.stamp(createdMs),
    last_modified_time: world.time.stamp(modifiedMs),
  }
  const record: StoredRecord = { id, fields, createdMs, modifiedMs }
  if (role.itemType === 'inventory') record.stock = stockFor(world, random, role)
  if (picture) record.picture = picture
  return record
}

function texts(world: World, random: Random, role: Role, index: number): Fields {
  const { nameAr, descriptionAr } = world.settings.customFields
  const brand = random.oneOf(brands)
  const fields: Fields = {
    name: role.service ? `${services[index % services.length]} ${index}` : nameFor(random, role, brand, index),
    sku: role.sku ? sku(random, index) : '',
    description: role.description ? random.oneOf(descriptions) : '',
    brand: role.brand ? brand : '',
    manufacturer: role.brand ? `${brand} Works` : '',
  }
  if (role.customName) fields[nameAr] = `${random.oneOf(arabicThings)} ${random.oneOf(arabicTraits)} ${index}`
  if (role.customDescription) fields[descriptionAr] = random.oneOf(arabicDescriptions)
  return fields
}

// A third of the items was last touched by three bulk imports, hence by the same seconds.
function times(random: Random, anchorMs: number, index: number): { createdMs: number; modifiedMs: number } {
  const day = 86_400_000
  const createdMs = anchorMs - random.integer(40 * day, 1500 * day)
  const edited = anchorMs - random.integer(60_000, 35 * day)
  const bulk = anchorMs - (1 + (index % 9)) * 11 * day
  const modifiedMs = index % 9 < 3 ? Math.max(createdMs, bulk) : edited
  return { createdMs: wholeSecond(createdMs), modifiedMs: wholeSecond(modifiedMs) }
}

function stockFor(world: World, random: Random, role: Role): PlaceStock[] {
  const locationIds = world.store.all('locations').map(({ id }) => id)
  const held = random.sample(locationIds, random.integer(1, 3))
  return held.map((locationId, index): PlaceStock => {
    const onHand = role.inStock ? random.integer(index === 0 ? 1 : 0, 250) : 0
    return { locationId, onHand, committed: Math.min(onHand, random.integer(0, 3)) }
  })
}

function pictureFor(role: Role, index: number): Picture | undefined {
  return role.picture ? { kind: role.picture satisfies PictureKind, number: index + 1, revision: 0 } : undefined
}

function categoryId(world: World, random: Random): string {
  const [first, ...rest] = world.store.all('categories').map(({ id }) => id)
  return first === undefined ? '' : random.oneOf([first, ...rest])
}

function repeatOneName(records: StoredRecord[]): void {
  const [first, second] = records.filter(({ fields }) => /^[A-Z]/.test(String(fields.name)))
  if (first && second) second.fields.name = first.fields.name ?? ''
}

const wholeSecond = (at: number) => Math.floor(at / 1000) * 1000
