export type { Core } from './core.ts'
export { createMirror, type Mirror } from './mirror.ts'
export { createOperations, type Operations } from './operations.ts'
