export { type ActionState, createHealing, type Healing, type RunAnswer } from './healing.ts'
export { watchOf } from './ledger.ts'
export type { SettingChange } from './settings.ts'
export { type ActionName, actionNames, type HealingDeps, type Setting } from './types.ts'
