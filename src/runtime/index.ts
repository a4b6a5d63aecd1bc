export { type Clock, skewMs, systemClock } from './clock.ts'
export { createLoop, type Loop, type LoopOptions } from './loop.ts'
export { storableJson } from './storable-json.ts'
