import type { z } from 'zod'
import { type Db, sql, type Tx } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import { inputError } from '../errors.ts'

/** A row of `tds_configuration` that people may change, as it is now. */
export interface Setting {
  readonly name: string
  /** What is in force. */
  readonly value: unknown
  readonly default: unknown
  /** Null where nobody changed it on its own. */
  readonly updated_at: Date | null
  readonly updated_by: string | null
}

export interface ChangeOfSetting {
  /** Null = the default again. */
  readonly value: unknown
  readonly reason: string
  readonly actor: string
  readonly requestId?: string | undefined
}

/** Settings of one room: rows whose keys begin alike. */
export interface SettingGroup {
  /** Before each name, with its dot; may be blank. */
  readonly prefix: string
  readonly names: readonly string[]
  readonly defaults: Readonly<Record<string, unknown>>
  /** What is in force by name, made of the rows by their whole keys; a row that cannot be read counts as none. */
  readonly inForce: (rows: ReadonlyMap<string, unknown>) => Readonly<Record<string, unknown>>
  /** What is wrong with a value, in words. */
  readonly faults: (name: string, value: unknown) => readonly string[]
  readonly unknown: { readonly code: string; readonly thing: string }
  readonly invalid: string
}

export interface Settings {
  /** All groups, names with their prefixes. */
  list(): Promise<readonly Setting[]>
  /** @throws TdsError `SETTING_UNKNOWN` (404), or the group's own for a value that cannot be (400) */
  set(name: string, change: ChangeOfSetting): Promise<Setting>
}

/** The settings of several rooms as one list, by the keys of their rows. */
export function createSettings({
  db,
  groups,
}: {
  readonly db: Db
  readonly groups: readonly SettingGroup[]
}): Settings {
  const whole = ({ prefix }: SettingGroup, setting: Setting): Setting => ({ ...setting, name: prefix + setting.name })
  return {
    async list() {
      const lists = await Promise.all(
        groups.map(async (group) => (await listGroup(db, group)).map((each) => whole(group, each))),
      )
      return lists.flat()
    },
    async set(key, change) {
      for (const group of groups) {
        const name = group.names.find((each) => group.prefix + each === key)
        if (name !== undefined) return whole(group, await setInGroup(db, group, name, change))
      }
      throw inputError('SETTING_UNKNOWN', `There is no setting ${key}; GET /api/tds/settings lists them`, 404)
    },
  }
}

export async function listGroup(
  db: Db,
  { prefix, names, defaults, inForce }: SettingGroup,
): Promise<readonly Setting[]> {
  const keys = [...names.map((name) => prefix + name), ...(prefix.endsWith('.') ? [prefix.slice(0, -1)] : [])]
  const rows = await db.selectFrom('tds_configuration').selectAll().where('key', 'in', keys).execute()
  const values = inForce(new Map(rows.map(({ key, value }) => [key, value])))
  return names.map((name) => {
    const row = rows.find(({ key }) => key === prefix + name)
    return {
      name,
      value: values[name],
      default: defaults[name],
      updated_at: row?.updated_at ?? null,
      updated_by: row?.updated_by ?? null,
    }
  })
}

/** Checks, writes and tells the trail. @throws TdsError the group's own codes (404, 400) */
export async function setInGroup(db: Db, group: SettingGroup, name: string, change: ChangeOfSetting): Promise<Setting> {
  const { names, unknown, invalid } = group
  if (!names.includes(name))
    throw inputError(unknown.code, `There is no ${unknown.thing} ${name}; there are ${names.join(', ')}`, 404)
  const faults = change.value === null ? [] : group.faults(name, change.value)
  if (faults.length > 0) throw inputError(invalid, `${name} cannot be this: ${faults.join('; ')}`)
  return db.transaction().execute((tx) => write(tx, group, name, change))
}

/** The issues of a schema, each with its place. */
export const wordsOfIssues = (error: z.ZodError | undefined): string[] =>
  (error?.issues ?? []).map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))

async function write(
  tx: Tx,
  group: SettingGroup,
  name: string,
  { value, reason, actor, requestId }: ChangeOfSetting,
): Promise<Setting> {
  const key = group.prefix + name
  // Two changes at once: the later one sees what the earlier one wrote, and the trail has both in order.
  await sql`select pg_advisory_xact_lock(hashtext('settings'))`.execute(tx)
  const before = await readOne(tx, group, name)
  if (value === null) await tx.deleteFrom('tds_configuration').where('key', '=', key).execute()
  else {
    await sql`
      insert into tds_configuration (key, value, updated_by) values (${key}, ${JSON.stringify(value)}::jsonb, ${actor})
      on conflict (key) do update set
        value = excluded.value, updated_by = excluded.updated_by, updated_at = clock_timestamp()`.execute(tx)
  }
  const after = await readOne(tx, group, name)
  const change = { before: { value: before.value }, after: { value: after.value }, affected: 1 }
  await record(tx, { actor, action: 'configuration.change', subject: key, reason, requestId, ...change })
  return after
}

async function readOne(db: Db, group: SettingGroup, name: string): Promise<Setting> {
  const setting = (await listGroup(db, group)).find((each) => each.name === name)
  if (!setting) throw new Error(`The setting ${group.prefix}${name} is in its group and not in the list`)
  return setting
}
