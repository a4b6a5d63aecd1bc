import type { Fields } from '../json.ts'
import type { Random } from '../random.ts'
import type { StoredRecord, World } from '../resource.ts'
import { share } from './scale.ts'

/** Makes some of the seeded items composites of others. */
export function seedComposites(world: World): StoredRecord[] {
  const random = world.random('composites')
  const goods = world.store.all('items').filter(({ fields }) => fields.item_type === 'inventory')
  const composites = random.sample(
    goods.filter(({ fields }) => fields.status === 'active'),
    share(world.settings, 12, 2),
  )
  const parts = goods.filter((item) => !composites.includes(item))
  for (const [index, item] of composites.entries()) {
    Object.assign(item.fields, {
      is_combo_product: true,
      combo_type: index % 4 === 3 ? 'kit' : 'assembly',
      mapped_items: random.sample(parts, random.integer(2, 4)).map((part) => mappedItem(world, random, part)),
    })
  }
  return composites
}

const mappedItem = (world: World, random: Random, { id }: StoredRecord): Fields => ({
  line_item_id: world.nextId(),
  item_id: id,
  quantity: random.integer(1, 6),
})
