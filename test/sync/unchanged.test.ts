import t from 'tap'
import { sql } from '../../db/index.ts'
import type { MappedRow } from '../../src/entities/index.ts'
import { unchangedIds } from '../../src/sync/unchanged.ts'
import { testDatabase } from '../helpers/database.ts'
import { put, request } from '../helpers/queue.ts'
import { createPapers, papers } from './setup.ts'

const listed = (sourceEntityId: string, hash: string): MappedRow => ({
  sourceEntityId,
  hash,
  columns: {},
  fieldErrors: null,
  document: {},
})

t.test('a list row that equals its row asks for nothing; every other one is work', async (t) => {
  const { db } = await testDatabase(t)
  await createPapers(db)
  await sql`
    insert into papers (zoho_item_id, hashes, deleted_at) values
      ('same', '{"list": "a"}', null), ('moved', '{"list": "b"}', null), ('forgotten', '{"list": null}', null),
      ('other view', '{"detail": "a"}', null), ('deleted', '{"list": "a"}', now()), ('in work', '{"list": "a"}', null)`.execute(
    db,
  )
  await put(db, request('in work', { entityType: 'papers' }))
  const names = ['same', 'moved', 'forgotten', 'other view', 'deleted', 'in work', 'new']
  const unchanged = await unchangedIds(
    db,
    papers(),
    names.map((name) => listed(name, 'a')),
  )
  t.same([...unchanged], ['same'])
})
