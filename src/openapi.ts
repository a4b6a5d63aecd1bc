import { writeFile } from 'node:fs/promises'
import { type AppContext, buildApp } from './app.ts'
import { loadConfig } from './config.ts'
import { createLog } from './log.ts'
import { readVersion } from './version.ts'

/** `npm run openapi` */
if (import.meta.main) await writeFile(new URL('../openapi.yaml', import.meta.url), await renderContract())

/** The text of openapi.yaml: what the routes themselves say they take and answer. Needs no database. */
export async function renderContract(): Promise<string> {
  const app = await buildApp(await contractContext())
  try {
    return app.swagger({ yaml: true })
  } finally {
    await app.close()
  }
}

type Services = Pick<
  AppContext,
  | 'monitor'
  | 'deadLetters'
  | 'inbox'
  | 'images'
  | 'keys'
  | 'lockout'
  | 'audit'
  | 'alerts'
  | 'thresholds'
  | 'settings'
  | 'planner'
  | 'queue'
  | 'schedules'
  | 'syncs'
  | 'runWatch'
  | 'healing'
  | 'findings'
  | 'metrics'
  | 'verifications'
>

/** Routes register with services that are there but may not be asked. */
async function contractContext(): Promise<AppContext> {
  const absent = absentService()
  // One object stands for all of them: it has every property, and calling any of them is an error.
  const services = {
    monitor: absent,
    metrics: absent,
    deadLetters: absent,
    inbox: absent,
    images: absent,
    keys: absent,
    lockout: absent,
    audit: absent,
    alerts: absent,
    thresholds: absent,
    settings: absent,
    healing: absent,
    planner: absent,
    queue: absent,
    schedules: absent,
    syncs: absent,
    // The one that hears of the end.
    runWatch: { close: async () => {} },
    findings: absent,
    verifications: absent,
  } as unknown as Services
  return {
    ...services,
    config: loadConfig({}),
    log: createLog({ level: 'silent', pretty: false }),
    version: await readVersion(),
  }
}

function absentService(): object {
  const absent: object = new Proxy(() => {}, {
    get: (_target, property) => (property === 'then' ? undefined : absent),
    apply() {
      throw new Error('The contract is rendered without services')
    },
  })
  return absent
}
