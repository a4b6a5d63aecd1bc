import nock from 'nock'
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config.ts'
import { testDatabase } from '../helpers/database.ts'
import { simulatorCredentials, simulatorOrganizationId } from '../simulator/index.ts'
import { clientOf, itemsCall } from './setup.ts'

t.before(() => nock.disableNetConnect())
t.teardown(() => nock.restore())

t.test("the data centre's hosts get what they expect, secrets only where they belong", async (t) => {
  const { clientId, clientSecret, refreshToken } = simulatorCredentials
  const form = {
    grant_type: 'refresh_token',
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  }
  const token = nock('https://accounts.zoho.eu')
    .post('/oauth/v2/token', form)
    .reply(200, { access_token: 'granted', expires_in: 3600, api_domain: 'https://www.zohoapis.eu' })
  const api = nock('https://www.zohoapis.eu', { reqheaders: { authorization: 'Zoho-oauthtoken granted' } })
    .get('/inventory/v1/items')
    .query({ organization_id: simulatorOrganizationId })
    .reply(200, { code: 0, message: 'success', items: [] })
  t.match(await (await european(t)).get(itemsCall), { body: { items: [] } })
  t.ok(token.isDone() && api.isDone())
})

t.test('a token reply that names a foreign host does not send the token there', async (t) => {
  const named = { access_token: 'granted', expires_in: 3600, api_domain: 'https://www.zohoapis.eu.example' }
  nock('https://accounts.zoho.eu').post('/oauth/v2/token').reply(200, named)
  const foreign = nock(named.api_domain).get('/inventory/v1/items').query(true).reply(200, { code: 0, items: [] })
  const api = nock('https://www.zohoapis.eu').get('/inventory/v1/items').query(true).reply(200, { code: 0, items: [] })
  await (await european(t)).get(itemsCall)
  t.ok(api.isDone())
  t.notOk(foreign.isDone(), 'nobody else was asked')
  nock.cleanAll()
})

t.test('a host name that cannot be found is a network error', async (t) => {
  nock('https://accounts.zoho.eu').post('/oauth/v2/token').reply(200, { access_token: 'granted', expires_in: 3600 })
  const cause = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
  nock('https://www.zohoapis.eu').get('/inventory/v1/items').query(true).replyWithError(cause)
  const zoho = await european(t)
  const permit = await zoho.acquireWhenFree({ ...itemsCall, signal: AbortSignal.timeout(5000) })
  await t.rejects(zoho.get({ ...itemsCall, permit }), { code: 'ZOHO_NETWORK', detail: { cause: 'ENOTFOUND' } })
})

async function european(t: Test) {
  const { zoho: config } = loadConfig({ ZOHO_DATA_CENTER: 'eu' })
  const { apiUrl, accountsUrl, apiDomains } = config
  const hosts = { apiUrl, accountsUrl, organizationId: simulatorOrganizationId }
  return clientOf(t, await testDatabase(t), hosts, { config: { apiDomains } })
}
