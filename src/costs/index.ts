export { callsFor, type Estimate, type EstimateDeps, estimate } from './estimate.ts'
