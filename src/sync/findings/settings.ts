import { z } from 'zod'
import { type Db, sql, type Tx } from '../../../db/index.ts'
import { record } from '../../audit/index.ts'
import { inputError } from '../../errors.ts'

/** What rules judge by, each a row `findings.<name>` of `tds_configuration`. */
export const ruleSettingsSchema = z.object({
  /** Dinar prices that are plausible; 250 is the smallest note. */
  iqd_price: z
    .strictObject({ min: z.number().positive().default(250), max: z.number().positive().default(100_000_000) })
    .refine(({ min, max }) => min < max, { error: 'min must be below max' })
    .prefault({}),
  /** Dinars for a dollar, and how many times more or less than that a price may be. */
  iqd_per_usd: z
    .strictObject({ rate: z.number().positive().default(1300), factor: z.number().min(1.5).max(100).default(5) })
    .prefault({}),
  /** How long a row may wait for its parent. */
  orphan_minutes: z.number().int().min(0).max(10_080).default(60),
  /** Codes of rules that are not asked. */
  off: z.array(z.string().min(1).max(60)).max(100).default([]),
})

export type RuleSettings = z.output<typeof ruleSettingsSchema>
type Name = keyof RuleSettings

export const defaultRuleSettings: RuleSettings = ruleSettingsSchema.parse({})

export interface RuleSetting {
  readonly name: string
  /** What judges now. */
  readonly value: unknown
  readonly default: unknown
  /** Null where nobody changed it. */
  readonly updated_at: Date | null
  readonly updated_by: string | null
}

export interface RuleSettingChange {
  /** Null = the default again. */
  readonly value: unknown
  readonly reason: string
  readonly actor: string
  readonly requestId?: string | undefined
}

const prefix = 'findings.'
const names = Object.keys(ruleSettingsSchema.shape).filter(isName)

function isName(name: string): name is Name {
  return Object.hasOwn(ruleSettingsSchema.shape, name)
}

/** A row that cannot be read counts as its default. */
export async function readRuleSettings(db: Db): Promise<RuleSettings> {
  const list = await listRuleSettings(db)
  return ruleSettingsSchema.parse(Object.fromEntries(list.map(({ name, value }) => [name, value])))
}

export async function listRuleSettings(db: Db): Promise<readonly RuleSetting[]> {
  const rows = await db.selectFrom('tds_configuration').selectAll().where('key', 'like', `${prefix}%`).execute()
  return names.map((name) => {
    const row = rows.find(({ key }) => key === `${prefix}${name}`)
    const read = row && ruleSettingsSchema.shape[name].safeParse(row.value)
    return {
      name,
      value: read?.success ? read.data : defaultRuleSettings[name],
      default: defaultRuleSettings[name],
      updated_at: row?.updated_at ?? null,
      updated_by: row?.updated_by ?? null,
    }
  })
}

/**
 * @param codes of the rules there are
 * @throws TdsError `FINDING_SETTING_UNKNOWN` (404), `FINDING_SETTING_INVALID` (400)
 */
export async function setRuleSetting(
  db: Db,
  name: string,
  change: RuleSettingChange,
  codes: readonly string[],
): Promise<RuleSetting> {
  if (!isName(name))
    throw inputError('FINDING_SETTING_UNKNOWN', `There is no setting ${name}; there are ${names.join(', ')}`, 404)
  if (change.value !== null) check(name, change.value, codes)
  return db.transaction().execute((tx) => write(tx, name, change))
}

function check(name: Name, value: unknown, codes: readonly string[]): void {
  const { error, data } = ruleSettingsSchema.shape[name].safeParse(value)
  const words = (error?.issues ?? []).map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  )
  const unknown = Array.isArray(data) ? data.filter((code) => !codes.includes(code)) : []
  if (unknown.length > 0) words.push(`there is no rule ${unknown.join(', ')}`)
  if (words.length > 0) throw inputError('FINDING_SETTING_INVALID', `${name} cannot be this: ${words.join('; ')}`)
}

async function write(tx: Tx, name: Name, { value, reason, actor, requestId }: RuleSettingChange): Promise<RuleSetting> {
  const key = `${prefix}${name}`
  // Two changes at once: the later one sees what the earlier one wrote, and the trail has both in order.
  await sql`select pg_advisory_xact_lock(hashtext(${prefix}))`.execute(tx)
  const before = await readOne(tx, name)
  if (value === null) await tx.deleteFrom('tds_configuration').where('key', '=', key).execute()
  else {
    await sql`
      insert into tds_configuration (key, value, updated_by) values (${key}, ${JSON.stringify(value)}::jsonb, ${actor})
      on conflict (key) do update set
        value = excluded.value, updated_by = excluded.updated_by, updated_at = clock_timestamp()`.execute(tx)
  }
  const after = await readOne(tx, name)
  const change = { before: { value: before.value }, after: { value: after.value }, affected: 1 }
  await record(tx, { actor, action: 'configuration.change', subject: key, reason, requestId, ...change })
  return after
}

async function readOne(db: Db, name: Name): Promise<RuleSetting> {
  const setting = (await listRuleSettings(db)).find((each) => each.name === name)
  if (!setting) throw new Error(`The setting ${name} is in the schema and not in the list`)
  return setting
}
