import type { Fields } from '../json.ts'
import { modifiedSince, type Resource, type StoredRecord, type View, type World } from '../resource.ts'

const view: View = {
  path: '/categories',
  listKey: 'categories',
  paged: true,
  reportName: 'Categories',
  filters: { last_modified_time: modifiedSince },
  listRow: (record) => record.fields,
  head: (query) => (query.get('include_root_category') === 'false' ? [] : [root]),
}

export const categories: Resource = {
  name: 'categories',
  idField: 'category_id',
  label: 'Category',
  views: { books: view, inventory: view },
  seed(world) {
    const ids = new Map<string, string>()
    return tree.map(([name, parent], index) => {
      const record = made(world, name, ids.get(parent) ?? '-1', index)
      ids.set(name, record.id)
      return record
    })
  },
}

const tree: [name: string, parent: string][] = [
  ['Mobile Accessories', ''],
  ['Chargers', 'Mobile Accessories'],
  ['Cables & Adapters', 'Mobile Accessories'],
  ['Power Banks', 'Mobile Accessories'],
  ['Audio', ''],
  ['Headphones', 'Audio'],
  ['Speakers', 'Audio'],
  ['Networking', ''],
  ['Routers', 'Networking'],
  ['Storage', ''],
  ['Lighting', ''],
  ['أدوات كهربائية', ''],
]

function made(world: World, name: string, parentId: string, index: number): StoredRecord {
  const id = world.nextId()
  const createdMs = world.settings.anchorMs - (400 - index) * 86_400_000
  const fields = fieldsOf(id, name, parentId, index + 2, world.time.stamp(createdMs))
  return { id, fields, createdMs, modifiedMs: createdMs }
}

function fieldsOf(id: string, name: string, parentId: string, order: number, stamp: string): Fields {
  return {
    category_id: id,
    name,
    url: name.toLowerCase().replaceAll(/[^a-z]+/g, '_'),
    parent_category_id: parentId,
    visibility: true,
    show_in_menu: true,
    sibling_order: order,
    depth: parentId === '-1' ? 0 : 1,
    created_time: stamp,
    last_modified_time: stamp,
    description: '',
    ondc_category_type: '',
    custom_fields: [],
    documents: [],
    has_active_items: true,
  }
}

// Zoho puts this row first unless it is asked not to.
const root: Fields = { ...fieldsOf('-1', 'ROOT', '-1', 1, ''), url: 'rootcategory', has_active_items: false }
