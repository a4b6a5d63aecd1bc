import type { FaultSettings } from '../../simulator/faults.ts'
import type { NetworkFault } from '../fault-proxy.ts'
import type { Fault, Stage } from './row.ts'

/** Calls of both APIs, not those for a token. */
const apis = ['/books', '/inventory']

/** Zoho answers so; `times` for each API. */
export const everywhere =
  (settings: FaultSettings) =>
  (stage: Stage): Fault =>
    all(apis.map((path) => one(stage, { ...settings, path })))

/** Zoho answers so to calls for this, as in `invoices detail`. */
export const where =
  (purpose: string, settings: FaultSettings) =>
  (stage: Stage): Fault =>
    one(stage, { ...settings, purpose })

export const both =
  (...begins: readonly ((stage: Stage) => Fault | Promise<Fault>)[]) =>
  async (stage: Stage): Promise<Fault> => {
    const faults: Fault[] = []
    for (const begin of begins) faults.push(await begin(stage))
    return all(faults)
  }

/** The way to Zoho is so. */
export const onTheWay =
  (fault: NetworkFault, times?: number) =>
  ({ proxy }: Stage): Fault => {
    proxy.set(fault, times)
    let last = 0
    return {
      met: () => Math.max(last, proxy.met),
      clear() {
        last = proxy.met
        proxy.clear()
      },
    }
  }

export const reply = (status: number, code: number): FaultSettings => ({
  kind: 'json-code',
  status,
  code,
  message: 'Words in any language',
})

export const gatewayPage = (status: number): FaultSettings => ({
  kind: 'reply',
  status,
  contentType: 'text/html',
  body: `<html><head><title>${status}</title></head><body>${status}</body></html>`,
})

function one({ simulator }: Stage, settings: FaultSettings): Fault {
  const { faults } = simulator.control
  const id = faults.set(settings)
  let last = 0
  const met = () => Math.max(last, faults.list().find((each) => each.id === id)?.struck ?? 0)
  return {
    met,
    clear() {
      last = met()
      faults.clear(id)
    },
  }
}

const all = (faults: readonly Fault[]): Fault => ({
  met: () => faults.reduce((sum, fault) => sum + fault.met(), 0),
  async clear() {
    for (const fault of faults) await fault.clear()
  },
})
