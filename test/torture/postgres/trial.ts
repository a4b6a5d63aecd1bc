import { secrets } from '../../helpers/environment.ts'
import { endsRight } from '../ending.ts'
import { eventually, type Figures, pick, sumOf, type Trial, type TrialOptions } from '../trial.ts'
import { type Blow, endure } from './blow.ts'
import { canMountIn, diskFull, hungBlows } from './blows-outside.ts'
import { serverBlows } from './blows-server.ts'
import { statementBlows } from './blows-statements.ts'
import { ask } from './owner.ts'
import { bounded, killedInAnOutage } from './spool.ts'
import { createStage, type Stage } from './stage.ts'
import { starts } from './start.ts'
import { type Watch, watchHealth } from './watch.ts'

/** Everything that can happen to the database, under webhooks and syncs, and to what stands in for it meanwhile. */
export const postgres: Trial = {
  name: 'postgres',
  about:
    'the database stopped, crashed, hung, full, read-only, locked, exhausted, wrong; the spool killed, torn and full',
  async run(options) {
    const stage = await createStage(options)
    try {
      const figures = await suffer(stage, options)
      await stage.life.stop()
      await stage.loadEnded()
      stage.judge()
      await noDeadLetter(stage, 'the last webhook')
      await endsRight(stage.world, { ...stage.env, DATABASE_URL: stage.direct }, stage.direct, stage.db)
      const { taken, refused, slowestMs, changes, syncs } = stage.tally
      return {
        ...figures,
        changes,
        'syncs begun': syncs,
        'replies 200': taken,
        'replies 503': refused,
        'acknowledged and lost': 0,
        'slowest reply, ms': slowestMs,
      }
    } finally {
      await stage.end()
    }
  },
}

async function suffer(stage: Stage, options: TrialOptions): Promise<Figures> {
  const canMount = await canMountIn(stage.world.dataDir)
  if (!canMount)
    options.print(
      '  no file system can be mounted here: a full disk is only said, not real, and the spool has no small disk',
    )
  const key = await createKey(stage)
  let turn = 0
  const watch = watchHealth(
    () => stage.life.url,
    () => (turn++ % 3 === 0 ? key : secrets.admin),
  )
  try {
    const usual = await usualReasons(stage, watch)
    const figures: Figures[] = []
    const rounds = pick(options.scale, { short: 1, normal: 1, full: 5 })
    for (let round = 0; round < rounds; round++) {
      for (const blow of chosen(stage, options, canMount)) {
        if (options.signal.aborted) break
        figures.push(await timed(options, blow.name, () => endure(stage, watch, usual, blow)))
        await noDeadLetter(stage, blow.name)
      }
      await watch.pause()
      figures.push(await timed(options, 'the spool', () => killedInAnOutage(stage, watch, options.scale)))
      await noDeadLetter(stage, 'the spool')
      if (options.scale !== 'short') {
        figures.push(await timed(options, 'the bounds of the spool', () => bounded(stage, watch, canMount)))
        figures.push(await timed(options, 'starts', () => starts(stage)))
        await stage.life.begin()
        await noDeadLetter(stage, 'starts')
      }
      watch.go()
    }
    return { ...sumOf(...figures), 'looks at health': watch.looks.length, 'slowest look, ms': slowest(watch) }
  } finally {
    await watch.stop()
  }
}

function chosen({ random }: Stage, { scale }: TrialOptions, canMount: boolean): readonly Blow[] {
  const all = [...serverBlows, ...statementBlows, ...hungBlows, diskFull(canMount)]
  return scale === 'short'
    ? random.sample(
        all.filter(({ name }) => !name.includes('hangs')),
        3,
      )
    : random.sample(all, all.length)
}

/** Nothing that befalls the database is the fault of a record. */
async function noDeadLetter({ admin }: Stage, after: string): Promise<void> {
  const rows = await ask<{ words: string }>(
    admin,
    `select concat_ws(' ', entity_type, source_entity_id, error_code, error_message, attempts) as words
     from tds_dead_letter_queue where not resolved`,
  )
  if (rows.length > 0)
    throw new Error(`${rows.length} dead letters after "${after}": ${rows.map(({ words }) => words).join('; ')}`)
}

async function timed(options: TrialOptions, what: string, work: () => Promise<Figures>): Promise<Figures> {
  const began = Date.now()
  const figures = await work()
  options.print(`  ${what}: ${((Date.now() - began) / 1000).toFixed(1)} s`)
  return figures
}

const slowest = ({ looks }: Watch): number => Math.max(...looks.map(({ ms }) => ms))

/** A key that lies in the database, as monitors have. */
async function createKey({ life }: Stage): Promise<string> {
  const reply = await fetch(`${life.url}/api/tds/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secrets.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'monitor', scopes: ['health:read'] }),
  })
  const { token } = (await reply.json()) as { token?: string }
  if (token === undefined) throw new Error(`No key was made: ${reply.status}`)
  return token
}

/** What becomes true with time where nobody fires the timetable: it is off, so that the trial decides what runs. */
const withoutTimetable = ['no_leader', 'timetable_late', 'never_synced', 'sync_overdue', 'unverified']

/** What health says of a mirror without a timetable, before anything happened. */
async function usualReasons(stage: Stage, watch: Watch): Promise<ReadonlySet<string>> {
  stage.load()
  await stage.loadEnded()
  return eventually('health is as usual', 20_000, async () => {
    const { httpStatus, codes } = await watch.look()
    return httpStatus === 200 ? new Set([...codes, ...withoutTimetable]) : undefined
  })
}
