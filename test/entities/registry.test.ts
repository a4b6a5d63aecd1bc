import { readdir } from 'node:fs/promises'
import t from 'tap'
import { createEntities, defineEntity, type Entity, loadEntities } from '../../src/entities/index.ts'

const entities = await loadEntities()

t.test('every entity file is found, parents before children', async (t) => {
  const fixtures = await readdir(new URL('../fixtures', import.meta.url))
  t.strictSame(
    fixtures.map((file) => file.replace('.json', '')).toSorted(),
    entities
      .list()
      .map(({ name }) => name)
      .toSorted(),
    'each has its fixture',
  )
  const place = new Map(entities.list().map(({ name }, index) => [name, index]))
  for (const { name, links = [], children = [], joins } of entities.list()) {
    const parents = [...links, ...children.flatMap((child) => child.links ?? [])].map((link) => link.parent)
    for (const parent of [...parents, ...(joins ? [joins.entity] : [])])
      t.ok((place.get(parent) ?? 99) <= (place.get(name) ?? -1), `${parent} before ${name}`)
  }
})

t.test('no two entities claim the same webhook module', async (t) => {
  const modules = entities.list().flatMap(({ webhook }) => webhook.modules)
  t.equal(new Set(modules).size, modules.length)
})

t.test('a module is known by each of its names, in any case', async (t) => {
  for (const name of ['products', 'Product', 'ITEMS', 'item']) t.equal(entities.byModule(name)?.name, 'products', name)
  t.equal(entities.byModule('stock')?.name, 'inventory_items')
  t.equal(entities.byModule('nothing-of-the-kind'), undefined)
})

t.test('an unknown name is a fault of the caller that tells the known ones', async (t) => {
  t.throws(() => entities.get('prodcuts'), { code: 'ENTITY_UNKNOWN', kind: 'input', status: 404, message: /products/ })
  t.equal(entities.find('prodcuts'), undefined)
})

t.test('an entity whose document feeds others names itself among those its document feeds', async (t) => {
  for (const { name, read } of entities.list())
    if (read && read.kind !== 'list' && read.feeds) {
      t.ok(read.feeds.includes(name), name)
      for (const fed of read.feeds) t.ok(entities.find(fed), `${name} feeds ${fed}`)
    }
})

t.test('the order is that of the entities, not of their files', async (t) => {
  const made = createEntities([bare('later', 2), bare('sooner', 1)])
  t.strictSame(
    made.list().map(({ name }) => name),
    ['sooner', 'later'],
  )
})

function bare(name: string, order: number): Entity {
  const webhook = { modules: [name], wrappers: [] }
  return defineEntity({ name, order, id: { fields: ['id'], column: 'zoho_id' }, lane: 'read', webhook, views: {} })
}
