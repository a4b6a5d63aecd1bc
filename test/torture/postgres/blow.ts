import { eventually, type Figures } from '../trial.ts'
import { recovered, type Stage } from './stage.ts'
import type { Watch } from './watch.ts'

/** One thing that happens to the database, and how it is seen that TDS met it. */
export interface Blow {
  readonly name: string
  /** What health must say of it: one of these reasons; none where it may be over before anybody looks. */
  readonly tells: readonly string[]
  /** What the log says of it, or what was done besides. */
  readonly met: RegExp | (() => boolean)
  /** @returns what ends it */
  strike(stage: Stage): Promise<() => Promise<unknown>>
}

/** Under webhooks and syncs: it falls, is met, is told and ends; then everything is as it was. */
export async function endure(stage: Stage, watch: Watch, usual: ReadonlySet<string>, blow: Blow): Promise<Figures> {
  const { life } = stage
  const [since, looksBefore, refusedBefore] = [life.mark(), watch.looks.length, stage.tally.refused]
  stage.load()
  stage.sync()
  const lift = await blow.strike(stage)
  const began = Date.now()
  try {
    await eventually(`it is met: ${blow.name}`, 40_000, async () => {
      stage.load()
      stage.judge()
      watch.judge()
      await new Promise((resolve) => setTimeout(resolve, 250))
      const isMet = blow.met instanceof RegExp ? life.said(blow.met, since) : blow.met()
      const looks = watch.looks.slice(looksBefore)
      const isTold = looks.some(({ codes, httpStatus }) => isTelling(blow, codes, httpStatus))
      if (isMet && (blow.tells.length === 0 || isTold)) return true
      const told = [...new Set(looks.flatMap(({ codes }) => codes))].join(', ')
      throw new Error(`met: ${isMet}; health said ${told}; the log ends:\n${life.tail()}`)
    })
  } finally {
    await lift()
  }
  const lastedMs = Date.now() - began
  const recoveryMs = await recovered(stage, async () => {
    stage.load()
    stage.judge()
    const { httpStatus, codes } = await watch.look()
    const other = codes.filter((code) => !usual.has(code))
    if (httpStatus === 200 && other.length === 0) return true
    throw new Error(`Health still answers ${httpStatus}: ${other.join(', ')}; the log ends:\n${life.tail()}`)
  }).catch((cause: unknown) => {
    throw new Error(`After "${blow.name}" it is not whole again`, { cause })
  })
  stage.judge()
  watch.judge()
  return {
    blows: 1,
    'ms under blows': lastedMs,
    'ms of recovery': recoveryMs,
    'refused with 503': stage.tally.refused - refusedBefore,
  }
}

const isTelling = ({ tells }: Blow, codes: readonly string[], httpStatus: number): boolean =>
  codes.some((code) => tells.includes(code)) || (httpStatus === 503 && tells.includes('database_away'))
