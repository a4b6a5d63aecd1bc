import { sql } from '../../../db/index.ts'
import type { Run } from '../../../src/sync/index.ts'
import type { Random } from '../../simulator/random.ts'
import { endsRight } from '../ending.ts'
import { eventually, type Figures } from '../trial.ts'
import type { World } from '../world.ts'
import type { Fault, Row, Stage } from './row.ts'
import { openStage, wronglyDeleted } from './stage.ts'
import { createSight, left, leftItems, openLetters, reasonsOf, type Sight } from './watch.ts'

export interface Played {
  readonly figures: Figures
  /** From the end of the faults to the end of the last item. */
  readonly recoveredMs: number
}

/** Long enough for a loaded machine; whoever waits for it in vain says so. */
const metWithinMs = 30_000

/**
 * Lets the faults of these rows come over a mirror that has something to do: webhooks come in, lists are read. They are
 * met and seen, they end, and then everything must come right by itself. @throws what does not
 */
export async function play(world: World, rows: readonly Row[], random: Random): Promise<Played> {
  const stage = await openStage(world, rows, random)
  try {
    const figures = await onStage(stage, rows)
    await stage.life.stop()
    await endsRight(world, stage.env, stage.connectionString, stage.db)
    if (stage.foreigner.visits.length > 0) throw new Error(`A foreign host was called: ${stage.foreigner.visits}`)
    return figures
  } catch (cause) {
    throw new Error(`${rows.map(({ name }) => name).join(' + ')}: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    })
  } finally {
    await stage.close()
  }
}

async function onStage(stage: Stage, rows: readonly Row[]): Promise<Played> {
  const sight = createSight(stage)
  const before = await cursors(stage)
  const faults: Fault[] = []
  for (const row of rows) faults.push(await row.begin(stage))
  const work = await beginWork(stage)
  await met(stage, rows, faults, sight)
  for (const row of rows) await row.during?.(stage)
  await nothingTaken(stage)
  const endedAt = Date.now()
  for (const fault of faults) await fault.clear()
  const runs = await Promise.all(work.runs)
  for (const row of rows) await row.after?.(stage)
  await recovered(stage, rows, endedAt)
  const recoveredMs = Date.now() - endedAt
  await nothingTaken(stage)
  await unmoved(stage, runs, before)
  const calls = faults.map((fault) => fault.met())
  withinCost(stage, rows, calls)
  const figures = {
    faults: rows.length,
    'calls that met one': calls.reduce((sum, each) => sum + each, 0),
    changes: work.changes,
    'runs cut short': runs.filter(({ status }) => status === 'incomplete').length,
  }
  return { figures, recoveredMs }
}

/** Changes and their webhooks, and three lists being read. */
async function beginWork(stage: Stage): Promise<{ changes: number; runs: Promise<Run>[] }> {
  const { sync } = stage.life.ctx
  const { signal } = stage.life
  const runs = (
    [
      ['products', 'full'],
      ['invoices', 'incremental'],
      ['customers', 'full'],
    ] as const
  ).map(([entityType, mode]) =>
    sync.run({ entityType, mode, trigger: 'torture', since: new Date(0) }, { signal, settleWithinMs: 0 }),
  )
  for (const run of runs) run.catch(() => {})
  for (const resource of ['items', 'contacts', 'invoices', 'bills']) await stage.edit(resource)
  const changes = 4 + (await stage.happen(5))
  return { changes, runs }
}

/** The network and Zoho say that it happened, and TDS says what it saw. */
async function met(stage: Stage, rows: readonly Row[], faults: readonly Fault[], sight: Sight): Promise<void> {
  const isPair = rows.length > 1
  const missing = () =>
    rows.flatMap(({ least = 1, codes, shows }, index) => {
      const times = faults[index]?.met() ?? 0
      // Of two faults one may hide the other.
      if (isPair) return times > 0 || faults.some((fault) => fault.met() > 0) ? [] : ['any fault met']
      const words = shows && sight.reasons.get(shows.code)
      return [
        ...(times < least ? [`${least} call(s) that meet it, not ${times}`] : []),
        ...codes.filter((code) => !sight.codes.has(code)),
        ...(shows && !(words && shows.words.test(words)) ? [`${shows.code}: ${shows.words}, not ${words}`] : []),
      ]
    })
  try {
    await eventually('it is met and seen', metWithinMs, async () => {
      await sight.look()
      return missing().length === 0 || undefined
    })
  } catch (cause) {
    const seen = `codes ${[...sight.codes]}, reasons ${[...sight.reasons.keys()]}, ${(await left(stage.db)) ?? 'nothing left'}`
    throw new Error(`In vain waited for ${missing().join('; ')}. Seen: ${seen}`, { cause })
  }
}

async function recovered(stage: Stage, rows: readonly Row[], endedAt: number): Promise<void> {
  const withinMs = Math.max(...rows.map(({ withinMs = 30_000 }) => withinMs))
  let open: string | undefined
  await eventually('nothing is left', withinMs - (Date.now() - endedAt), async () => {
    open = await left(stage.db)
    return open === undefined || undefined
  }).catch(async (cause: unknown) => {
    throw new Error(`Not recovered within ${withinMs} ms: ${open} ${await leftItems(stage.db)}`, { cause })
  })
  const letters = await openLetters(stage.db)
  if (letters.length > 0) throw new Error(`Dead letters remain: ${JSON.stringify(letters.slice(0, 5))}`)
  const codes = rows.flatMap(({ shows }) => (shows ? [shows.code] : []))
  let still: readonly { code: string; words: string }[] = []
  await eventually('health has nothing to say of it any more', 10_000, async () => {
    still = (await reasonsOf(stage.life.url)).filter(({ code }) => codes.some((each) => each === code))
    return still.length === 0 || undefined
  }).catch((cause: unknown) => {
    throw new Error(`Health still says ${JSON.stringify(still)}`, { cause })
  })
}

/** No fault is a proof that a record is gone. */
async function nothingTaken(stage: Stage): Promise<void> {
  const wrong = await wronglyDeleted(stage)
  if (wrong.length > 0) throw new Error(`Taken for deleted, and Zoho has them: ${wrong.slice(0, 5)}`)
}

type Cursors = ReadonlyMap<string, string>

async function cursors({ db }: Stage): Promise<Cursors> {
  const { rows } = await sql<{ entity: string; at: string }>`
    select entity_type as entity, concat_ws(' ', modified_since, last_complete_at, last_full_at) as at
    from tds_sync_cursors`.execute(db)
  return new Map(rows.map(({ entity, at }) => [entity, at]))
}

/** A run that did not see the end of its list moves nothing. */
async function unmoved(stage: Stage, runs: readonly Run[], before: Cursors): Promise<void> {
  const now = await cursors(stage)
  for (const { entity_type: entity, status, error_code: code } of runs) {
    if (status === 'incomplete' && now.get(entity) !== before.get(entity))
      throw new Error(`The cursor of ${entity} moved though its run ended as ${status} (${code})`)
    if (status !== 'incomplete' && now.get(entity) === before.get(entity))
      throw new Error(`The run of ${entity} is ${status} and moved no cursor`)
  }
}

function withinCost({ simulator }: Stage, rows: readonly Row[], calls: readonly number[]): void {
  const costs = rows.reduce((sum, { costs = 1 }) => sum + costs, 0)
  const tokens = rows.reduce((sum, row) => sum + (row.tokens ?? 1), 0)
  const spent = calls.reduce((sum, each) => sum + each, 0)
  const { tokenRequests, refused } = simulator.control.calls.report()
  if (spent > costs) throw new Error(`${spent} calls met it, ${costs} are allowed`)
  if (tokenRequests > tokens) throw new Error(`${tokenRequests} tokens were asked for, ${tokens} are allowed`)
  if (refused > 0 && !rows.some(({ refuses }) => refuses))
    throw new Error(`${refused} calls were refused for their number, and nobody else calls`)
}
