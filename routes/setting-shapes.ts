import { z } from 'zod'
import type { Setting } from '../src/settings/index.ts'

export const settingShape = z.object({
  name: z.string(),
  value: z.unknown().meta({ description: 'What is in force' }),
  default: z.unknown(),
  updated_at: z.iso.datetime().nullable(),
  updated_by: z.string().nullable(),
})

export const settingsShape = z.object({ items: z.array(settingShape), total: z.int(), next: z.null() })

const json = z.json()

export const toSetting = ({ value, default: preset, updated_at, ...rest }: Setting): z.output<typeof settingShape> => ({
  ...rest,
  value: json.parse(value),
  default: json.parse(preset),
  updated_at: updated_at?.toISOString() ?? null,
})

export function toSettings(list: readonly Setting[]): z.output<typeof settingsShape> {
  const items = list.map(toSetting)
  return { items, total: items.length, next: null }
}
