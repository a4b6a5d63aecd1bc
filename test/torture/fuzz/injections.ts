import { type Db, sql } from '../../../db/index.ts'
import { secrets } from '../../helpers/environment.ts'
import type { Simulator } from '../../simulator/index.ts'
import { eventually, type Figures } from '../trial.ts'

export interface InjectionOptions {
  readonly url: string
  readonly key: string
  readonly db: Db
  readonly simulator: Simulator
}

/** What runs where it is not kept apart from the words around it: in SQL, HTML, a spreadsheet, a log, a template. */
const texts = [
  "Robert'); DROP TABLE products; --",
  '" OR ""="; select pg_sleep(9); --',
  `$1 $$ \${7*7} {{7*7}} %s%n`,
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "=cmd|' /C calc'!A0",
  '+1+1',
  '-2+3',
  '@SUM(A1:A9)',
  'first\nsecond {"level":60,"msg":"forged"}',
  'a,b;"c"\r\nd',
  '\u202egnp.exe \u0007\u001b[31m',
] as const

const places = [
  {
    resource: 'items',
    fields: ['name', 'description', 'sku', 'unit', 'brand', 'manufacturer'],
    table: 'products',
    id: 'zoho_item_id',
  },
  {
    resource: 'contacts',
    fields: ['contact_name', 'company_name', 'email', 'phone'],
    table: 'customers',
    id: 'zoho_contact_id',
  },
  { resource: 'invoices', fields: ['notes', 'reference_number'], table: 'invoices', id: 'zoho_invoice_id' },
] as const

const columns: Readonly<Record<string, string>> = { contact_name: 'name' }

/** Hostile words in every field a person of the company can fill: they arrive as they are, and nothing shows them raw. */
export async function inject({ url, key, db, simulator }: InjectionOptions): Promise<Figures> {
  const { records, webhooks } = simulator.control
  webhooks.set({ target: `${url}/api/tds/webhooks`, secret: secrets.webhook, retries: 0 })
  let stored = 0
  for (const { resource, fields, table, id: idColumn } of places) {
    const ids = records.ids(resource, ({ fields: { contact_type: role } }) => role !== 'vendor')
    if (ids.length === 0) throw new Error(`There are no ${resource}`)
    for (let done = 0; done < texts.length; done += ids.length) {
      const round = texts.slice(done, done + ids.length).map((text, at) => ({ text, id: ids[at] ?? '' }))
      for (const { text, id } of round)
        records.change(resource, id, Object.fromEntries(fields.map((field) => [field, text])))
      await webhooks.deliver({ concurrency: 2 })
      for (const { text, id } of round)
        await eventually(`${table} ${id} holds ${JSON.stringify(text)} in ${fields.join(', ')}`, 60_000, async () => {
          const { rows } = await sql<Record<string, unknown>>`
            select * from ${sql.table(table)} where ${sql.ref(idColumn)} = ${id}`.execute(db)
          return fields.every((field) => rows[0]?.[columns[field] ?? field] === text) ? true : undefined
        })
    }
    stored += fields.length * texts.length
  }
  webhooks.reset()
  const cells = await sheetIsHarmless(url, key)
  const reports = await pagesAreHarmless(url, key, simulator, db)
  return { 'hostile texts stored': stored, 'cells of spreadsheets': cells, 'pages looked at': reports }
}

/** The trail with all of it, as a spreadsheet. @returns its cells */
async function sheetIsHarmless(url: string, key: string): Promise<number> {
  for (const text of texts.filter((each) => !/\p{Cc}/u.test(each)))
    await ask(url, key, '/api/tds/keys', { name: text.slice(0, 100), scopes: ['health:read'], reason: text })
  const sheet = await (await ask(url, key, '/api/tds/audit?format=csv&kind=all')).text()
  const cells = [...sheet.matchAll(/(?:^|,|\r\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  )
  const formula = cells.find((cell) => /^[=+\-@\t\r]/.test(cell))
  if (formula !== undefined) throw new Error(`A cell that a spreadsheet runs: ${JSON.stringify(formula.slice(0, 200))}`)
  if (!sheet.includes("'=cmd")) throw new Error('The hostile reasons are not in the sheet')
  return cells.length
}

/** A comparison that finds differences in hostile records, as a page. */
async function pagesAreHarmless(url: string, key: string, simulator: Simulator, db: Db): Promise<number> {
  await eventually('nothing waits: what does is not compared', 60_000, async () => {
    const { rows } = await sql<{ left: number }>`select count(*)::int as left from tds_sync_queue_live`.execute(db)
    return rows[0]?.left === 0 ? true : undefined
  })
  const { records } = simulator.control
  for (const [at, id] of records.ids('items').slice(0, 4).entries())
    records.change(
      'items',
      id,
      { sku: `<script>${at}</script>`, name: `"><img src=x onerror=alert(${at})>` },
      { silent: true },
    )
  const begun = (await (
    await ask(url, key, '/api/tds/verify', { entities: ['products'], reason: '<script>reason</script>' })
  ).json()) as { id: string }
  const page = await eventually('the comparison is over', 30_000, async () => {
    const { state } = (await (await ask(url, key, `/api/tds/verify/${begun.id}`)).json()) as { state: string }
    return state === 'running' ? undefined : (await ask(url, key, `/api/tds/verify/${begun.id}?format=html`)).text()
  })
  if (!page.includes('&lt;script&gt;') && !page.includes('&lt;img'))
    throw new Error(`The differences are not on the page: ${page.slice(0, 2000)}`)
  if (/<script|<img/i.test(page)) throw new Error('The page shows hostile words as they are')
  return 1
}

async function ask(url: string, key: string, path: string, body?: object): Promise<Response> {
  const reply = await fetch(url + path, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  })
  if (!reply.ok) throw new Error(`${path} answered ${reply.status}: ${await reply.text()}`)
  return reply
}
