export { createPauses, type Pauses, type PausesDeps } from './pauses.ts'
export { type Change, keyOf, type Lane, lanes, type Pause, type Target, wordsOf } from './types.ts'
