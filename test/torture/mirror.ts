import { type Db, sql } from '../../db/index.ts'
import type { Simulator } from '../simulator/index.ts'
import { type Fields, isFields, type Json, parseJson, textOf } from '../simulator/json.ts'
import { type ChildSpec, type Spec, specs } from './specs.ts'
import { tokenOf } from './token.ts'

/** Asks the simulated Zoho for every record as any client would, and compares it with the tables. @returns differences in words */
export async function compareMirror(simulator: Simulator, db: Db): Promise<string[]> {
  const get = await createGet(simulator)
  return (await Promise.all(specs.map((spec) => compareTable(spec, get, db)))).flat()
}

type Get = (path: string) => Promise<Fields>

async function compareTable(spec: Spec, get: Get, db: Db): Promise<string[]> {
  const records = await recordsOf(spec, get)
  const { rows } = await sql<Row>`select to_jsonb(t) - 'zoho_data' as row from ${sql.table(spec.table)} t`.execute(db)
  const byId = new Map(rows.map(({ row }) => [textOf(row[spec.id]), row]))
  const found: string[] = []
  for (const [id, record] of records) {
    const row = byId.get(id)
    if (!row || row.deleted_at !== null)
      found.push(`${spec.table} ${id}: ${row ? 'a tombstone' : 'missing'}, alive in Zoho`)
    else found.push(...differences(`${spec.table} ${id}`, spec.columns, record, row))
  }
  for (const [id, row] of byId) {
    if (records.has(id)) continue
    if (row.deleted_at === null || row.is_active !== false)
      found.push(`${spec.table} ${id}: no tombstone, gone from Zoho`)
  }
  for (const child of spec.children ?? []) found.push(...(await compareChildren(spec, child, records, db)))
  return found
}

interface Row {
  readonly row: Fields
}

async function compareChildren(
  spec: Spec,
  child: ChildSpec,
  records: ReadonlyMap<string, Fields>,
  db: Db,
): Promise<string[]> {
  const expected = new Map<string, Fields>()
  for (const [owner, record] of records)
    for (const part of partsOf(child, record)) {
      const key = child.keys.map(([, take]) => plain(take(part)) ?? '')
      expected.set([owner, ...key].join(' '), part)
    }
  const { rows } = await sql<Row>`
    select to_jsonb(t) - 'zoho_data' as row from ${sql.table(child.table)} t
    where deleted_at is null ${child.only ? sql`and ${sql.raw(child.only)}` : sql``}`.execute(db)
  const held = new Map(
    rows.map(({ row }) => [
      [textOf(row[child.owner ?? spec.id]), ...child.keys.map(([column]) => plain(row[column]) ?? '')].join(' '),
      row,
    ]),
  )
  const found: string[] = []
  for (const [key, part] of expected) {
    const row = held.get(key)
    found.push(
      ...(row ? differences(`${child.table} ${key}`, child.columns, part, row) : [`${child.table} ${key}: missing`]),
    )
  }
  for (const key of held.keys()) if (!expected.has(key)) found.push(`${child.table} ${key}: one too many`)
  return found
}

const partsOf = ({ list, applies }: ChildSpec, record: Fields): Fields[] => {
  const parts = record[list]
  return Array.isArray(parts) && (applies?.(record) ?? true) ? parts.filter(isFields) : []
}

function differences(what: string, columns: Spec['columns'], record: Fields, row: Fields): string[] {
  return Object.entries(columns).flatMap(([column, take]) => {
    const [zoho, here] = [plain(take(record)), plain(row[column])]
    return zoho === here ? [] : [`${what}: ${column} is ${here}, in Zoho ${zoho}`]
  })
}

/** Numbers by their value, blanks as null. */
function plain(value: Json | undefined): string | null {
  const text =
    typeof value === 'object' && value !== null && !('rawJSON' in value) ? JSON.stringify(value) : textOf(value)
  if (text === '') return null
  return /^-?\d+(\.\d+)?$/.test(text) && text.length < 16 ? String(Number(text)) : text
}

/** All pages; lists that are not paged say nothing of more. */
async function rowsOf(list: string, listKey: string, get: Get): Promise<readonly Json[]> {
  const rows: Json[] = []
  for (let page = 1; ; page++) {
    const answer = await get(`${list}?per_page=200&page=${page}`)
    const { [listKey]: some, page_context: context } = answer
    if (Array.isArray(some)) rows.push(...some)
    if (!isFields(context) || context.has_more_page !== true) return rows
  }
}

async function recordsOf({ list, listKey, idKey, detailKey, includes }: Spec, get: Get): Promise<Map<string, Fields>> {
  const rows = await rowsOf(list, listKey, get)
  const records = new Map<string, Fields>()
  for (const row of rows.filter(isFields)) {
    const id = textOf(row[idKey])
    if (!id || id === '-1' || !(includes?.(row) ?? true)) continue
    const detail = detailKey === undefined ? {} : (await get(`${list}/${id}`))[detailKey]
    records.set(id, { ...row, ...(isFields(detail) ? detail : {}) })
  }
  return records
}

async function createGet(simulator: Simulator): Promise<Get> {
  const { apiUrl, organizationId } = simulator
  const token = await tokenOf(simulator)
  return async (path) => {
    const url = `${apiUrl}${path}${path.includes('?') ? '&' : '?'}organization_id=${organizationId}`
    const answer = await fetch(url, { headers: { authorization: `Zoho-oauthtoken ${token}` } })
    const body = parseJson(await answer.text())
    if (!answer.ok || !isFields(body)) throw new Error(`The simulator answered ${answer.status} to ${path}`)
    return body
  }
}
