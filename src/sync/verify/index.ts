export type { RecordComparison } from './compare-records.ts'
export { readGaps } from './gaps.ts'
export { verifyPage } from './page.ts'
export type { Repair, RepairAnswer, RepairRequest, RepairSample, RepairState } from './repair-types.ts'
export type { Repairs } from './repairs.ts'
export type { VerifyRequest } from './run-rows.ts'
export type { VerifyRun, VerifyRunFilter, VerifyRunPage, VerifyState } from './runs.ts'
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
export {
  createVerifications,
  type VerificationsDeps,
} from './verifications.ts'
export type { Verifications } from './verifications-api.ts'
export { createVerify, type Verify } from './verify.ts'
export { factWords, fieldWords, findingWords, kindWords, verdictWords } from './words.ts'
