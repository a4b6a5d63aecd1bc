import { sql } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import { errorCode, errorMessage, inputError } from '../errors.ts'
import { createLoop } from '../runtime/index.ts'
import { createPasses, type RunPass } from './actions/index.ts'
import { aboutOf, defaultsOf, isInPlace } from './defaults.ts'
import { type Counts, readAllowance, readCounts } from './ledger.ts'
import { type LastPass, readPasses, storePass } from './passes.ts'
import {
  changeSetting,
  mustBeAction,
  readSetting,
  readSettings,
  type SettingChange,
  type StoredSetting,
} from './settings.ts'
import { readTries, type TryCounts } from './tries.ts'
import { type ActionName, actionNames, type HealingDeps, type Pass, type Setting } from './types.ts'

export interface ActionState extends StoredSetting, Counts, TryCounts {
  readonly action: ActionName
  readonly about: string
  /** `leader`: passes of the leading process; `everywhere`: by any process, at once when it notices. */
  readonly done_by: 'leader' | 'everywhere'
  readonly defaults: Setting
  readonly last_pass: Omit<LastPass, 'position' | 'age_seconds'> | null
}

export interface RunAnswer extends Omit<Pass, 'position'> {
  readonly action: ActionName
  readonly dry_run: boolean
}

export interface RunOptions {
  readonly dryRun: boolean
  /** Who asks and why, for the trail: a pass that may repair is told even where there was nothing to do. */
  readonly actor?: string
  readonly reason?: string | undefined
  readonly requestId?: string | undefined
  readonly signal?: AbortSignal
}

export interface Healing {
  list(): Promise<readonly ActionState[]>
  /** @throws TdsError `HEALING_ACTION_UNKNOWN` (404) `HEALING_SETTING_INVALID` (400) */
  set(action: string, change: SettingChange): Promise<ActionState>
  /**
   * One pass now, whoever leads; limits and obstacles hold as ever.
   * @throws TdsError `HEALING_ACTION_UNKNOWN` (404) `HEALING_IN_PLACE` `HEALING_OFF` `HEALING_BUSY` (409)
   */
  run(action: string, options: RunOptions): Promise<RunAnswer>
  start(): void
  stop(): Promise<void>
}

/** A change of a switch is heard this soon. */
const lookEveryMs = 15_000

const nothing: Pass = { found: 0, healed: 0, held: null, samples: [] }

/** What TDS repairs by itself. It enqueues reads and writes no business row; what it does is in the trail. */
export function createHealing(deps: HealingDeps): Healing {
  const { db, clock, log } = deps
  const passes = createPasses(deps)
  const stopping = new AbortController()
  const loop = createLoop({
    name: 'healing',
    clock,
    errorRestMs: 30_000,
    onError: (error) => log.warn({ err: error, code: errorCode(error) }, 'healing could not look; it will be repeated'),
    pass: async () => {
      if (deps.isLeader()) await runDue()
      return lookEveryMs
    },
  })

  return {
    list,
    async set(action, change) {
      const name = mustBeAction(action)
      await db.transaction().execute((tx) => changeSetting(tx, name, change))
      loop.nudge()
      return must((await list()).find((each) => each.action === name))
    },
    async run(action, { dryRun, signal = stopping.signal, actor, reason, requestId }) {
      const name = mustBeAction(action)
      const pass = passes.get(name)
      if (!pass) {
        throw inputError('HEALING_IN_PLACE', `${name} is repaired by itself where it is noticed; there is no pass`, 409)
      }
      const setting = await readSetting(db, name)
      if (!setting.enabled && !dryRun) throw inputError('HEALING_OFF', `${name} is switched off`, 409)
      const { found, healed, held, samples } = await alone(name, pass, { setting, dryRun, signal })
      if (!dryRun && actor !== undefined) {
        const line = {
          actor,
          reason,
          requestId,
          action: 'healing.run',
          subject: `healing ${name}`,
          affected: healed,
          after: { found, healed, held },
        }
        await db.transaction().execute((tx) => record(tx, line))
      }
      return { action: name, dry_run: dryRun, found, healed, held, samples }
    },
    start: () => loop.start(),
    async stop() {
      stopping.abort()
      await loop.stop()
    },
  }

  async function list(): Promise<readonly ActionState[]> {
    const [settings, counts, tries, last] = await Promise.all([
      readSettings(db),
      readCounts(db),
      readTries(db),
      readPasses(db),
    ])
    return actionNames.map((action) => {
      const { at, found, healed, held, error } = last.get(action) ?? {}
      return {
        action,
        about: aboutOf(action),
        done_by: isInPlace(action) ? 'everywhere' : 'leader',
        ...must(settings.get(action)),
        defaults: defaultsOf(action),
        ...(counts.get(action) ?? { healed_1h: 0, healed_24h: 0, passes_24h: 0, last_healed_at: null }),
        ...(tries.get(action) ?? { waiting: 0, given_up: 0 }),
        last_pass: at ? { at, found: found ?? 0, healed: healed ?? 0, held: held ?? null, error: error ?? null } : null,
      }
    })
  }

  async function runDue(): Promise<void> {
    const [settings, last] = await Promise.all([readSettings(db), readPasses(db)])
    for (const [name, pass] of passes) {
      const setting = settings.get(name)
      const age = last.get(name)?.age_seconds ?? Number.POSITIVE_INFINITY
      if (!setting?.enabled || age < setting.every_seconds) continue
      if (stopping.signal.aborted || !deps.isLeader()) return
      try {
        await alone(name, pass, { setting, dryRun: false, signal: stopping.signal })
      } catch (error) {
        if (stopping.signal.aborted) return
        if (errorCode(error) === 'HEALING_BUSY') continue
        // One action that cannot look does not keep the others waiting.
        log.warn({ err: error, code: errorCode(error), action: name }, 'a healing pass failed')
        await storePass(db, name, { ...nothing, position: last.get(name)?.position ?? null }, errorMessage(error))
      }
    }
  }

  /** One pass of an action at a time, whoever asks: a session's lock, since a pass is more than one transaction. */
  async function alone(
    name: ActionName,
    pass: RunPass,
    { setting, dryRun, signal }: { setting: Setting; dryRun: boolean; signal: AbortSignal },
  ): Promise<Pass> {
    return db.connection().execute(async (session) => {
      const key = sql`hashtextextended(${`healing.${name}`}, 30)`
      const { rows } = await sql<{ mine: boolean }>`select pg_try_advisory_lock(${key}) as mine`.execute(session)
      if (!rows[0]?.mine) throw inputError('HEALING_BUSY', `A pass of ${name} is under way`, 409)
      try {
        return await once(name, pass, { setting, dryRun, signal })
      } finally {
        await sql`select pg_advisory_unlock(${key})`.execute(session)
      }
    })
  }

  async function once(
    name: ActionName,
    pass: RunPass,
    { setting, dryRun, signal }: { setting: Setting; dryRun: boolean; signal: AbortSignal },
  ): Promise<Pass> {
    const position = (await readPasses(db)).get(name)?.position ?? null
    const limit = dryRun ? setting.limit : await readAllowance(db, name, setting)
    const result =
      limit > 0
        ? await pass({ limit, dryRun, signal, position })
        : { ...nothing, position, held: `the hour's ${setting.hourly_limit} repairs are used` }
    if (dryRun) return result
    await storePass(db, name, result, null)
    const { found, healed, held } = result
    if (healed > 0) log.info({ action: name, found, healed, held }, 'healed')
    return result
  }
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('An action of healing is missing in its own list')
  return value
}
