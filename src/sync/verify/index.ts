export type { RecordComparison } from './compare-records.ts'
export type {
  Difference,
  DifferenceKind,
  EntityReport,
  FieldDifference,
  Finding,
  VerifyDeps,
  VerifyOptions,
  VerifyProgress,
  VerifyReport,
} from './types.ts'
export { createVerify, type Verify } from './verify.ts'
