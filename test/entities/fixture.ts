import { readFile } from 'node:fs/promises'
import { type JsonValue, parseJsonDigits } from '../../db/index.ts'
import type { FieldContext, JsonObject } from '../../src/entities/index.ts'

/** What one kind of record looks like when Zoho sends it, and what of it belongs into which column. */
export interface Fixture {
  readonly webhook: { readonly body: JsonObject; readonly id: string }
  readonly documents: readonly FixtureDocument[]
}

export interface FixtureDocument {
  readonly about: string
  readonly view: string
  readonly document: JsonObject
  /** Of a record with a row of its own. */
  readonly columns?: JsonObject
  /** Of a record whose document holds a set of rows; absent when it does not speak of the set. */
  readonly rows?: readonly { readonly key: string; readonly columns: JsonObject }[]
  /** Lines and the like, by table; a table that the document does not speak of is absent. */
  readonly children?: Readonly<Record<string, readonly { readonly key: JsonObject; readonly columns: JsonObject }[]>>
}

/** Numbers keep their digits, as they do on the way from Zoho. */
export async function readFixture(entityName: string): Promise<Fixture> {
  const text = await readFile(new URL(`../fixtures/${entityName}.json`, import.meta.url), 'utf8')
  const value: JsonValue = parseJsonDigits(text)
  // The files are ours; a wrong one fails the tests that read it.
  return value as unknown as Fixture
}

export const context: FieldContext = {
  baseCurrency: 'USD',
  nameArField: 'cf_name_ar',
  descriptionArField: 'cf_description_ar',
}
