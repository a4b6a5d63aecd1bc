import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createSimulator, simulatorCredentials } from '../test/simulator/index.ts'

export interface SimulatedZoho {
  readonly itemIds: readonly string[]
  /** What a service that talks to it is configured with. */
  readonly env: Readonly<Record<string, string>>
  change(itemId: string, fields: Record<string, unknown>): Promise<void>
  /** Calls of one purpose since the last time it was asked. */
  takeCalls(purpose: string): Promise<number>
  stop(): Promise<void>
}

/** The Zoho simulator in a process of its own, without limits and without pictures. */
export async function simulatorInChild(items: number): Promise<SimulatedZoho> {
  const child = fork(fileURLToPath(import.meta.url), [String(items)], { execArgv: [] })
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the simulator ended with ${code}`)))
  ended.catch(() => {})
  const [ready] = await Promise.race([once(child, 'message'), ended])
  const { url, organizationId } = ready as { url: string; organizationId: string }
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${url}/control${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`The simulator answered ${answer.status} to ${method} ${path}`)
    return answer.json()
  }
  await control('PUT', '/images/access', { access: 'refused-200' })
  const { ids } = (await control('GET', '/records/items')) as { ids: string[] }
  return {
    itemIds: ids,
    env: {
      ZOHO_API_URL: url,
      ZOHO_ACCOUNTS_URL: url,
      ZOHO_ORGANIZATION_ID: organizationId,
      ZOHO_CLIENT_ID: simulatorCredentials.clientId,
      ZOHO_CLIENT_SECRET: simulatorCredentials.clientSecret,
      ZOHO_REFRESH_TOKEN: simulatorCredentials.refreshToken,
      TDS_ZOHO_PER_MINUTE: '1000000',
      TDS_ZOHO_PER_DAY: '10000000',
    },
    change: async (itemId, fields) =>
      void (await control('PATCH', `/records/items/${itemId}`, { fields, silent: true })),
    async takeCalls(purpose) {
      const report = (await control('GET', '/calls')) as { byPurpose?: Record<string, number> }
      await control('DELETE', '/calls')
      return report.byPurpose?.[purpose] ?? 0
    },
    async stop() {
      child.kill()
      await ended.catch(() => {})
    },
  }
}

if (import.meta.main) {
  const { url, organizationId } = await createSimulator({ items: Number(process.argv[2]), limits: 'relaxed' })
  process.send?.({ url, organizationId })
  // Whoever started it is gone.
  process.once('disconnect', () => process.exit())
}
