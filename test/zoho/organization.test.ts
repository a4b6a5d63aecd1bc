import t from 'tap'
import { world } from './setup.ts'

t.test('the organisation and its currencies are read and stored, again and again', async (t) => {
  const { client, simulator, database } = await world(t)
  const zoho = client()
  const organization = await zoho.organization()
  t.match(organization, {
    organizationId: simulator.organizationId,
    timeZone: 'Asia/Baghdad',
    currencyCode: 'USD',
    pricePrecision: 2,
    currencies: { IQD: { isBase: false, precision: 0 }, USD: { isBase: true, precision: 2 } },
  })
  await zoho.organization()
  const { rows } = await database.pool.query('select * from tds_zoho_organization')
  t.match(rows, [{ organization_id: simulator.organizationId, time_zone: 'Asia/Baghdad', currency_code: 'USD' }])
  t.strictSame(rows[0].currencies, organization.currencies)
})

t.test('an organisation the user does not see is an error', async (t) => {
  const { client } = await world(t)
  const zoho = client({ config: { organizationId: '123' } })
  await t.rejects(zoho.organization(), { code: 'ZOHO_ORGANIZATION_UNKNOWN', kind: 'permanent' })
})
