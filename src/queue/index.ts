export { type ClaimOptions, claim, countDue, type Head, peek } from './claim.ts'
export { complete } from './complete.ts'
export {
  createDeadLetters,
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetters,
  type RequeueAnswer,
} from './dead-letters.ts'
export { type Depth, readDepth, unsettledOf } from './depth.ts'
export { enqueue } from './enqueue.ts'
export { type Burial, bury, type Failure, fail, type Snooze, snooze } from './failures.ts'
export { fence } from './fence.ts'
export { heartbeat, holdsLease, release, rescue } from './lease.ts'
export { announce, createListener, type Listener } from './listen.ts'
export { decideRetry, fingerprint, maxAttempts, type RetryDecision } from './retry.ts'
export { countOverRuns, type RunCount } from './run-counters.ts'
export { inSerialOrder } from './serial.ts'
export { moves, mustMove, type Status } from './states.ts'
export * from './types.ts'
