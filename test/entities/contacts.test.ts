import t from 'tap'
import { sql } from '../../db/index.ts'
import { type JsonObject, loadEntities, mapDocument } from '../../src/entities/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { context } from './fixture.ts'

const entities = await loadEntities()
const customers = entities.get('customers')
const suppliers = entities.get('suppliers')
const arabic = 'أسواق النهر'

t.test('the type picks the table, whatever list or call a contact came by', async (t) => {
  const vendor = { contact_id: '1', contact_type: 'vendor', customer_name: 'X', vendor_name: 'X' }
  const customer = { ...vendor, contact_type: 'customer' }
  t.strictSame([customers.accepts?.(customer), suppliers.accepts?.(customer)], [true, false])
  t.strictSame([customers.accepts?.(vendor), suppliers.accepts?.(vendor)], [false, true])
  t.strictSame([customers.list?.skip?.(vendor), suppliers.list?.skip?.(vendor)], [true, false])
  t.strictSame(
    [customers.list?.skip?.({}), suppliers.list?.skip?.({})],
    [false, true],
    'one without a type is a customer, and never both',
  )
})

t.test('one call reads a contact for both', async (t) => {
  t.equal(customers.read, suppliers.read)
  t.match(customers.read, { kind: 'single', feeds: ['customers', 'suppliers'] })
  t.not(customers.list?.query?.contact_type, suppliers.list?.query?.contact_type)
})

const persons = [
  { contact_person_id: '7', email: 'second@shop.example', phone: '+7', is_primary_contact: false },
  { contact_person_id: '8', email: 'first@shop.example', phone: '', is_primary_contact: true },
]

/** A detail → the e-mail address of its row; undefined = the column keeps what it has. */
const addresses: readonly (readonly [string, JsonObject, unknown])[] = [
  ['its own', { email: 'own@shop.example', contact_persons: persons }, 'own@shop.example'],
  ["the primary person's where its own is blank", { email: '', contact_persons: persons }, 'first@shop.example'],
  ["the primary person's where it has none", { contact_persons: persons }, 'first@shop.example'],
  [
    'of the person it names as the primary one',
    { email: '', primary_contact_id: '7', contact_persons: [{ ...persons[0] }] },
    'second@shop.example',
  ],
  ['none where nobody is the primary one', { email: '', primary_contact_id: '', contact_persons: [persons[0]] }, null],
  ['none where there are no persons', { email: '', contact_persons: [] }, null],
  ['as it is where persons come as a blank', { email: null, contact_persons: '' }, null],
  ['not spoken of', { contact_persons: [] }, undefined],
]

for (const [about, document, expected] of addresses) {
  t.test(`the e-mail address of a detail: ${about}`, async (t) => {
    t.equal(columns('detail', document).email, expected)
  })
}

t.test('the Arabic name is its own field, else a name in Arabic script; a list row need not tell', async (t) => {
  t.equal(columns('detail', { contact_name: arabic }).name_ar, arabic)
  t.equal(columns('detail', { contact_name: 'Blue', cf_name_ar: arabic }).name_ar, arabic)
  t.equal(columns('detail', { contact_name: 'Blue' }).name_ar, null)
  t.notOk('name_ar' in columns('list', { contact_name: arabic, custom_fields: [] }))
  t.equal(columns('list', { contact_name: 'Blue', custom_field_hash: { cf_name_ar: arabic } }).name_ar, arabic)
})

t.test('until its detail was read, a name in Arabic script is the Arabic name', async (t) => {
  const { db } = await testDatabase(t)
  await sql`
    insert into customers (zoho_contact_id, name, name_ar, hashes) values
      ('1', ${arabic}, null, '{"list": "x"}'), ('2', 'Blue Door', null, '{"list": "x"}'),
      ('3', ${arabic}, 'النهر', '{"list": "x"}'), ('4', ${arabic}, null, '{"list": "x", "detail": "y"}'),
      ('5', ${arabic}, null, '{"list": "x"}')`.execute(db)
  const written = ['1', '2', '3', '4'].map((sourceEntityId) => ({
    sourceEntityId,
    view: 'list',
    change: 'inserted' as const,
  }))
  t.strictSame(await db.transaction().execute(async (tx) => customers.after?.(tx, written)), [])
  const { rows } = await sql<{
    name_ar: string | null
  }>`select name_ar from customers order by zoho_contact_id`.execute(db)
  t.strictSame(
    rows.map((row) => row.name_ar),
    [arabic, null, 'النهر', null, null],
  )
})

t.test('what a list row does not have is left to the detail', async (t) => {
  const row = columns('list', { contact_name: 'Blue', owner_id: '9', notes: 'x', pricebook_id: '5', credit_limit: 7 })
  for (const column of ['zoho_owner_id', 'notes', 'zoho_pricebook_id', 'credit_limit', 'billing_address'])
    t.notOk(column in row, column)
})

function columns(view: 'list' | 'detail', document: JsonObject): Readonly<Record<string, unknown>> {
  return mapDocument(customers, view, { contact_id: '5100000000041001', ...document }, context).columns
}
