import t from 'tap'
import { parseJsonDigits, sql } from '../../db/index.ts'
import { storableJson } from '../../src/runtime/index.ts'
import { testDatabase } from '../helpers/database.ts'

const hostile = {
  'nul\0key': 'nul\0value',
  surrogate: 'half \ud83d alone',
  'low\udc00key': ['deep', { in: ['it\0'] }],
  pair: '😀',
  escaped: 'the text \\u0000 itself',
}

t.test('PostgreSQL takes whatever JSON can hold', async (t) => {
  const { db } = await testDatabase(t)
  const { rows } = await sql<{ kept: unknown }>`select ${storableJson(hostile)}::jsonb as kept`.execute(db)
  t.strictSame(rows[0]?.kept, {
    'nul\ufffdkey': 'nul\ufffdvalue',
    surrogate: 'half \ufffd alone',
    'low\ufffdkey': ['deep', { in: ['it\ufffd'] }],
    pair: '😀',
    escaped: 'the text \\u0000 itself',
  })
})

t.test('numbers keep the digits they came with, also in a text that is mended', async (t) => {
  const text = '{"id":12345678901234567890,"price":6.00,"name":"a\\u0000b"}'
  t.equal(storableJson(parseJsonDigits(text)), text.replace('\\u0000', '\ufffd'))
})

t.test('a harmless text is left as it is', async (t) => {
  const value = { a: [1, null, true, 'ü'], b: {} }
  t.equal(storableJson(value), JSON.stringify(value))
})
