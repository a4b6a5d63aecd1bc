import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Db, sql } from '../../db/index.ts'

/** Every place of the database, as text, where one of the words stands; bytes are looked into as well. */
export async function foundInTables(db: Db, words: readonly string[]): Promise<string[]> {
  const { rows: tables } = await sql<{ name: string }>`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema')`.execute(db)
  const needles = words.flatMap((word) => [
    word,
    Buffer.from(word).toString('hex'),
    Buffer.from(word).toString('base64').slice(0, -4),
  ])
  const found: string[] = []
  for (const { name } of tables) {
    const { rows } = await sql<{ text: string }>`
      select t::text as text from ${sql.raw(name)} t where t::text ilike any(${needles.map((each) => `%${each}%`)}::text[])`.execute(
      db,
    )
    found.push(...rows.map(({ text }) => `${name}: ${text.slice(0, 400)}`))
  }
  if (tables.length < 40) throw new Error(`Only ${tables.length} tables were looked into`)
  return found
}

/** Files below a folder that hold one of the words. */
export async function foundInFiles(folder: string, words: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  const found: string[] = []
  for (const file of files) {
    const content = await readFile(file)
    found.push(...words.filter((word) => content.includes(word)).map((word) => `${file}: ${word}`))
  }
  return found
}

export const foundIn = (texts: ReadonlyMap<string, string>, words: readonly string[]): string[] =>
  [...texts].flatMap(([where, text]) =>
    words.flatMap((word) => {
      const at = text.indexOf(word)
      return at < 0 ? [] : [`${where}: ${text.slice(Math.max(0, at - 200), at + 80)}`]
    }),
  )
