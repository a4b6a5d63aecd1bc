import { z } from 'zod'
import type { Db } from '../../../db/index.ts'
import { listGroup, type SettingGroup, wordsOfIssues } from '../../settings/index.ts'

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
export const defaultRuleSettings: RuleSettings = ruleSettingsSchema.parse({})

const prefix = 'findings.'
const fields = Object.entries(ruleSettingsSchema.shape)
const defaults: Readonly<Record<string, unknown>> = defaultRuleSettings
const names = fields.map(([name]) => name)

/** @param codes of the rules there are */
export const ruleSettingGroup = (codes: readonly string[]): SettingGroup => ({
  prefix,
  names,
  defaults,
  inForce: (rows) =>
    Object.fromEntries(
      fields.map(([name, field]) => {
        const read = field.safeParse(rows.get(prefix + name))
        return [name, read.success ? read.data : defaults[name]]
      }),
    ),
  faults(name, value) {
    const { error, data } = fields.find(([key]) => key === name)?.[1].safeParse(value) ?? {}
    const unknown = Array.isArray(data) ? data.filter((code) => !codes.includes(code)) : []
    return [...wordsOfIssues(error), ...(unknown.length > 0 ? [`there is no rule ${unknown.join(', ')}`] : [])]
  },
  unknown: { code: 'FINDING_SETTING_UNKNOWN', thing: 'setting' },
  invalid: 'FINDING_SETTING_INVALID',
})

/** A row that cannot be read counts as its default. */
export async function readRuleSettings(db: Db): Promise<RuleSettings> {
  const list = await listGroup(db, ruleSettingGroup([]))
  return ruleSettingsSchema.parse(Object.fromEntries(list.map(({ name, value }) => [name, value])))
}
