import t from 'tap'
import { parseJsonDigits } from '../../db/index.ts'
import { boolean, date, decimal, type Field, id, integer, isOneOf, json, text, time } from '../../src/entities/field.ts'
import type { JsonObject } from '../../src/entities/index.ts'
import { readFields } from '../../src/entities/index.ts'
import { context } from './fixture.ts'

const kinds = {
  text,
  id,
  decimal,
  integer,
  boolean,
  time,
  date,
  json,
  active: (from: string) => isOneOf(from, 'active'),
}

/** The JSON Zoho sends → what the column gets. */
const readings: readonly (readonly [keyof typeof kinds, string, unknown])[] = [
  ['text', '"Kettle"', 'Kettle'],
  ['text', '"  kept as it is  "', '  kept as it is  '],
  ['text', '111111111111', '111111111111'],
  ['text', '12345678901234567890', '12345678901234567890'],
  ['text', 'true', 'true'],
  ['text', '"nul\\u0000 and half \\ud83d"', 'nul\ufffd and half \ufffd'],
  ['id', '"5100000000030001"', '5100000000030001'],
  ['id', '5100000000030001', '5100000000030001'],
  ['id', '12345678901234567890', '12345678901234567890'],
  ['decimal', '6.00', '6.00'],
  ['decimal', '6', '6'],
  ['decimal', '0', '0'],
  ['decimal', '-0.10', '-0.10'],
  ['decimal', '" 1500.500 "', '1500.500'],
  ['decimal', '0.1234567890123456789', '0.1234567890123456789'],
  ['decimal', '1e3', '1e3'],
  ['integer', '7', 7],
  ['integer', '7.00', 7],
  ['integer', '"7"', 7],
  ['boolean', 'true', true],
  ['boolean', '"false"', false],
  ['boolean', '0', false],
  ['time', '"2025-06-09T13:15:33-0400"', '2025-06-09T13:15:33-04:00'],
  ['time', '"2025-06-09T13:15:33+0530"', '2025-06-09T13:15:33+05:30'],
  ['time', '"2025-06-09T13:15:33.250Z"', '2025-06-09T13:15:33.250Z'],
  ['time', '"2025-06-09"', '2025-06-09T00:00:00Z'],
  ['date', '"2025-06-09"', '2025-06-09'],
  ['date', '"2025-06-09T00:00:00.000Z"', '2025-06-09'],
  ['json', '{"city":"Basra"}', { city: 'Basra' }],
  ['json', '[]', []],
  ['active', '"Active"', true],
  ['active', '"inactive"', false],
  ['active', '"confirmed_later"', false],
]

/** What cannot be that kind of value. */
const faults: readonly (readonly [keyof typeof kinds, string])[] = [
  ['text', '{"en":"Kettle"}'],
  ['text', '[]'],
  ['id', '"abc"'],
  ['id', '-1'],
  ['id', '1.5'],
  ['id', '{}'],
  ['decimal', '"70%"'],
  ['decimal', '"1,500"'],
  ['decimal', '"NaN"'],
  ['decimal', '"Infinity"'],
  ['decimal', 'true'],
  ['decimal', '{}'],
  ['integer', '1.5'],
  ['integer', '12345678901234567890'],
  ['boolean', '"yes"'],
  ['boolean', '2'],
  ['time', '"yesterday"'],
  ['time', '"2025-13-09T00:00:00Z"'],
  ['time', '"2025-06-09 13:15"'],
  ['time', '20250609'],
  ['date', '"2025-06-09T13:15:33Z"'],
  ['date', '"09/06/2025"'],
  ['date', '"2025-02-40"'],
  ['json', '"text"'],
]

for (const [kind, source, expected] of readings) {
  t.test(`${kind}: ${source} is read`, async (t) => {
    t.strictSame(read(kinds[kind]('field'), `{"field":${source}}`), {
      columns: { column: expected },
      fieldErrors: null,
    })
  })
}

for (const [kind, source] of faults) {
  t.test(`${kind}: ${source} is an error of the field, and the rest of the record is read`, async (t) => {
    const columns = { column: kinds[kind]('field'), other: text('other') }
    const { columns: values, fieldErrors } = readFields(
      view(columns),
      document(`{"field":${source},"other":"x"}`),
      context,
    )
    t.strictSame(values, { other: 'x' }, 'the column keeps what it has')
    t.match(fieldErrors, { column: /^expected / })
  })
}

for (const kind of ['text', 'id', 'decimal', 'integer', 'boolean', 'time', 'date', 'json'] as const) {
  t.test(`${kind}: blank is null, absent is absent`, async (t) => {
    for (const blank of ['""', '"   "', 'null'])
      t.strictSame(
        read(kinds[kind]('field'), `{"field":${blank}}`),
        { columns: { column: null }, fieldErrors: null },
        blank,
      )
    t.strictSame(read(kinds[kind]('field'), '{}'), { columns: {}, fieldErrors: null })
  })
}

t.test('a blank status says nothing', async (t) => {
  for (const source of ['{}', '{"field":""}', '{"field":null}'])
    t.strictSame(read(kinds.active('field'), source), { columns: {}, fieldErrors: null })
})

function read(field: Field, source: string) {
  return readFields(view({ column: field }), document(source), context)
}

function view(columns: Readonly<Record<string, Field>>) {
  return { columns, keepsDocument: true }
}

function document(source: string): JsonObject {
  const value = parseJsonDigits(source)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object')
  return { ...value }
}
