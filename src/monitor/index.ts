export { createGauges } from './gauges.ts'
export { type HistoryOptions, historyRanges } from './history.ts'
export { createMonitor, type Monitor } from './monitor.ts'
export { createMeter, type Meter } from './prometheus/meter.ts'
export { createMetrics, type Metrics } from './prometheus/metrics.ts'
export type { Readiness } from './readiness.ts'
export type { Reason, Status } from './reason.ts'
export { type CheckName, type ReasonCode, reasonCatalogue } from './reason-catalogue.ts'
export {
  type DetailedHealth,
  detailedHealthShape,
  type Health,
  healthShape,
} from './shapes.ts'
export {
  type EntityStatistics,
  entityStatisticsShape,
  type History,
  historyShape,
  type Statistics,
  statisticsShape,
} from './statistics-shapes.ts'
export { createThresholdSettings, type ThresholdSettings, thresholdGroup } from './threshold-settings.ts'
export { defaultThresholds, type Thresholds } from './thresholds.ts'
export type { MonitorDeps } from './types.ts'
