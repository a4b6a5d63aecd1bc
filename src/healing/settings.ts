import { z } from 'zod'
import { type Db, sql, type Tx } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import { inputError } from '../errors.ts'
import { defaultsOf, isInPlace } from './defaults.ts'
import { type ActionName, actionNames, type Setting } from './types.ts'

/** Parts of a row `healing.<action>` of `tds_configuration`; what is not named keeps its default. */
const stored = z.strictObject({
  enabled: z.boolean(),
  every_seconds: z.int().min(10).max(86_400),
  limit: z.int().min(1).max(10_000),
  hourly_limit: z.int().min(1).max(1_000_000),
})
const parts = stored.partial()

export interface SettingChange {
  /** Only what is to change; null = the default again. */
  readonly parts: { readonly [K in keyof Setting]?: Setting[K] | null | undefined }
  readonly reason: string
  readonly actor: string
  readonly requestId?: string | undefined
}

export interface StoredSetting extends Setting {
  /** Null where all is as it comes. */
  readonly updated_at: Date | null
  readonly updated_by: string | null
}

const keyOf = (name: ActionName): string => `healing.${name}`

/** @throws TdsError `HEALING_ACTION_UNKNOWN` */
export function mustBeAction(name: string): ActionName {
  const found = actionNames.find((each) => each === name)
  if (found) return found
  throw inputError('HEALING_ACTION_UNKNOWN', `There is no action ${name}; there are ${actionNames.join(', ')}`, 404)
}

/** A row that cannot be read counts as none: a typing error must not stop repairs, nor set limits aside. */
export async function readSettings(db: Db): Promise<ReadonlyMap<ActionName, StoredSetting>> {
  const rows = await db
    .selectFrom('tds_configuration')
    .select(['key', 'value', 'updated_at', 'updated_by'])
    .where('key', 'in', actionNames.map(keyOf))
    .execute()
  return new Map(
    actionNames.map((name) => {
      const row = rows.find(({ key }) => key === keyOf(name))
      const own = parts.safeParse(row?.value ?? {}).data ?? {}
      const { updated_at = null, updated_by = null } = row ?? {}
      return [name, { ...defaultsOf(name), ...withoutGaps(own), updated_at, updated_by }] as const
    }),
  )
}

export async function readSetting(db: Db, name: ActionName): Promise<StoredSetting> {
  return (await readSettings(db)).get(name) ?? { ...defaultsOf(name), updated_at: null, updated_by: null }
}

/** @throws TdsError `HEALING_SETTING_INVALID` (400) saying what is wrong with it */
export async function changeSetting(tx: Tx, name: ActionName, change: SettingChange): Promise<void> {
  if (isInPlace(name) && change.parts.every_seconds != null) {
    throw inputError('HEALING_SETTING_INVALID', `${name} is repaired where it is noticed; it has no every_seconds`)
  }
  // Two changes at once: the later one sees what the earlier one wrote, and the trail has both in order.
  await sql`select pg_advisory_xact_lock(hashtext('healing.settings'))`.execute(tx)
  const before = plain(await readSetting(tx, name))
  const after = checked({ ...before, ...withDefaults(name, change.parts) })
  const own = Object.fromEntries(Object.entries(after).filter(([part, value]) => value !== defaultOf(name, part)))
  const key = keyOf(name)
  if (Object.keys(own).length === 0) await tx.deleteFrom('tds_configuration').where('key', '=', key).execute()
  else {
    await sql`
      insert into tds_configuration (key, value, updated_by) values (${key}, ${JSON.stringify(own)}::jsonb, ${change.actor})
      on conflict (key) do update set
        value = excluded.value, updated_by = excluded.updated_by, updated_at = clock_timestamp()`.execute(tx)
  }
  const { actor, reason, requestId } = change
  await record(tx, {
    actor,
    action: 'configuration.change',
    subject: key,
    reason,
    requestId,
    affected: 1,
    before,
    after,
  })
}

function checked(value: unknown): Setting {
  const { data, error } = stored.safeParse(value)
  if (data) return data
  const words = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw inputError('HEALING_SETTING_INVALID', `This cannot be: ${words.join('; ')}`)
}

const plain = ({ enabled, every_seconds, limit, hourly_limit }: Setting): Setting => ({
  enabled,
  every_seconds,
  limit,
  hourly_limit,
})

function defaultOf(name: ActionName, part: string): unknown {
  return Object.entries(defaultsOf(name)).find(([key]) => key === part)?.[1]
}

function withDefaults(name: ActionName, changed: SettingChange['parts']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(changed)
      .filter(([, value]) => value !== undefined)
      .map(([part, value]) => [part, value ?? defaultOf(name, part)]),
  )
}

/** zod leaves parts that are not there as undefined keys out, but says they may be undefined. */
function withoutGaps(own: z.output<typeof parts>): Partial<Setting> {
  return Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))
}
