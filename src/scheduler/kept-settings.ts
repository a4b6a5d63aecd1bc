import { z } from 'zod'
import { rowHistorySwitch } from '../audit/index.ts'
import { type SettingGroup, wordsOfIssues } from '../settings/index.ts'
import { kept, others } from './kept.ts'

/** A century is for ever; what is no number of days counts as not set. */
export const daysShape = z.number().min(1).max(36_500)

const retention: readonly (readonly [string, number])[] = [
  ...kept.map(({ name, days }) => [`retention.${name}_days`, days] as const),
  ...Object.entries(others).map(([name, days]) => [`retention.${name}_days`, days] as const),
]
const defaults: Readonly<Record<string, unknown>> = { ...Object.fromEntries(retention), [rowHistorySwitch]: true }

/** How long what is over is kept, and whether the changes of rows are told. */
export const keptGroup: SettingGroup = {
  prefix: '',
  names: Object.keys(defaults),
  defaults,
  inForce: (rows) =>
    Object.fromEntries(
      Object.keys(defaults).map((name) => {
        const value = rows.get(name)
        if (name === rowHistorySwitch) return [name, value !== false && value !== 'off']
        return [name, daysShape.safeParse(value).data ?? defaults[name]]
      }),
    ),
  faults: (name, value) => wordsOfIssues((name === rowHistorySwitch ? z.boolean() : daysShape).safeParse(value).error),
  unknown: { code: 'SETTING_UNKNOWN', thing: 'setting' },
  invalid: 'SETTING_INVALID',
}
