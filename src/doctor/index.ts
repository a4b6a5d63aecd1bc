export { scopesNeeded } from './checks/endpoints.ts'
export { type DoctorOptions, diagnose, unconfigured } from './doctor.ts'
export type { DoctorDeps, Result, Verdict } from './types.ts'
