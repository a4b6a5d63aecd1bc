import type { Db } from '../../db/index.ts'
import {
  type ChangeOfSetting,
  listGroup,
  type Setting,
  type SettingGroup,
  setInGroup,
  wordsOfIssues,
} from '../settings/index.ts'
import { defaultThresholds, readThresholds, thresholdsSchema } from './thresholds.ts'

/** The limits of health and alerts as rows `alerts.thresholds.<name>` of `tds_configuration`. */
export interface ThresholdSettings {
  list(): Promise<readonly Setting[]>
  /** @throws TdsError `THRESHOLD_UNKNOWN` (404), `THRESHOLD_INVALID` (400) saying what is wrong with it */
  set(name: string, change: ChangeOfSetting): Promise<Setting>
}

const row = 'alerts.thresholds'
const prefix = `${row}.`
const names = Object.keys(thresholdsSchema.shape)

export const thresholdGroup: SettingGroup = {
  prefix,
  names,
  defaults: defaultThresholds,
  inForce(rows) {
    const own = names.flatMap((name) => (rows.has(prefix + name) ? [[name, rows.get(prefix + name)] as const] : []))
    return readThresholds(rows.get(row), Object.fromEntries(own)).thresholds
  },
  faults: (name, value) =>
    wordsOfIssues(
      Object.entries(thresholdsSchema.shape)
        .find(([key]) => key === name)?.[1]
        .safeParse(value).error,
    ),
  unknown: { code: 'THRESHOLD_UNKNOWN', thing: 'threshold' },
  invalid: 'THRESHOLD_INVALID',
}

export function createThresholdSettings({ db }: { readonly db: Db }): ThresholdSettings {
  return {
    list: () => listGroup(db, thresholdGroup),
    set: (name, change) => setInGroup(db, thresholdGroup, name, change),
  }
}
