export { createMonitor, type Monitor } from './monitor.ts'
export type { Readiness } from './readiness.ts'
export type { CheckName, Reason, Status } from './reason.ts'
export {
  type DetailedHealth,
  detailedHealthShape,
  type EntityStatistics,
  entityStatisticsShape,
  type Health,
  type History,
  healthShape,
  historyShape,
  type Statistics,
  statisticsShape,
} from './shapes.ts'
export { createThresholdSettings, type ThresholdSetting, type ThresholdSettings } from './threshold-settings.ts'
export { defaultThresholds, type Thresholds } from './thresholds.ts'
export type { MonitorDeps } from './types.ts'
