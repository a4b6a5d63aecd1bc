import type { Monitor } from '../monitor.ts'
import type { Meter } from './meter.ts'
import { sharedRegistry } from './shared.ts'

export interface Metrics {
  readonly contentType: string
  request: Meter['request']
  /** Prometheus text. Never throws: without the database it says so and gives what this process knows. */
  render(): Promise<string>
}

/** The lag of the event loop has no mean just after it was read; what is not known is absent. */
const unmeasured = /^\S+ Nan\n/gm

/** What this process did, and how things stand: the same snapshot that health is judged by, shared with whoever asks. */
export function createMetrics({
  meter,
  monitor,
}: {
  readonly meter: Meter
  readonly monitor: Pick<Monitor, 'facts'>
}): Metrics {
  return {
    contentType: meter.registry.contentType,
    request: meter.request,
    async render() {
      const shared = sharedRegistry(await monitor.facts())
      const [standing, done] = await Promise.all([shared.metrics(), meter.registry.metrics()])
      return `${standing}\n${done}`.replaceAll(unmeasured, '')
    },
  }
}
