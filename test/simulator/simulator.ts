import { createApi, type ImageAccess } from './api.ts'
import { createAutomation } from './automation.ts'
import { createCallLog } from './calls.ts'
import { createClock } from './clock.ts'
import { type Control, createControl } from './control/control.ts'
import { createControlRoutes } from './control/routes.ts'
import { createFaultList } from './fault-list.ts'
import { startServer } from './http/server.ts'
import { createZoho } from './http/zoho.ts'
import { createRenderer } from './images/renderer.ts'
import { createLimits, type LimitSettings, realLimits, relaxedLimits } from './limits.ts'
import { createListing } from './listing.ts'
import { createOAuth } from './oauth.ts'
import { type SimulatorOptions, settingsFrom, simulatorCredentials } from './options.ts'
import { createOrganisation } from './organisation.ts'
import { createWebhooks } from './webhooks/webhooks.ts'

export interface Simulator {
  /** `http://127.0.0.1:port`; both hosts of Zoho are this one. */
  readonly url: string
  /** Where `/oauth/v2/token` is: `ZOHO_ACCOUNTS_URL`. */
  readonly accountsUrl: string
  /** Where `/books/v3` and `/inventory/v1` are: `ZOHO_API_URL`. */
  readonly apiUrl: string
  readonly organizationId: string
  readonly control: Control
  /** Ends held and slow calls, closes all connections. Safe to call twice. */
  close(): Promise<void>
}

/** Starts a Zoho of its own, listening on a free port of 127.0.0.1. */
export async function createSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const settings = settingsFrom(options)
  const clock = createClock(options.now)
  const stopping = new AbortController()
  const organisation = createOrganisation(settings, clock)
  const limits = createLimits({ clock, time: organisation.world.time, settings: limitsFrom(options.limits) })
  const calls = createCallLog()
  const faults = createFaultList()
  let url = ''
  let imageAccess: ImageAccess = 'allowed'
  const oauth = createOAuth({
    clock,
    credentials: options.credentials ?? simulatorCredentials,
    seed: settings.seed,
    limits: () => limits.settings,
    apiUrl: () => url,
  })
  const automation = createAutomation(organisation.world.nextId)
  const webhooks = createWebhooks({ organisation, seed: settings.seed, signal: stopping.signal })
  const api = createApi({
    organisation,
    oauth,
    listing: createListing(organisation.world),
    render: createRenderer(),
    imageAccess: () => imageAccess,
  })
  const control = createControl({
    organisation,
    clock,
    limits,
    calls,
    faults,
    oauth,
    webhooks,
    automation,
    setImageAccess: (access) => {
      imageAccess = access
    },
  })
  const server = await startServer({
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    zoho: createZoho({ clock, api, oauth, automation, limits, calls, faults, signal: stopping.signal }),
    control: createControlRoutes(control),
  })
  url = server.url

  async function close(): Promise<void> {
    stopping.abort()
    faults.clear()
    await webhooks.close()
    await server.close()
  }
  return { url, accountsUrl: url, apiUrl: url, organizationId: settings.organizationId, control, close }
}

function limitsFrom(option: SimulatorOptions['limits']): LimitSettings {
  if (option === 'relaxed') return relaxedLimits
  return option === undefined || option === 'real' ? realLimits : { ...realLimits, ...option }
}
