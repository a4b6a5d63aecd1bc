export { rowsUnder } from './fetch.ts'
export { createWorkers, type ImageEffect, type Workers, type WorkersDeps } from './workers.ts'
