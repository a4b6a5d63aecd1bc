import { chance, type Figures } from '../trial.ts'
import { createHand } from './hand.ts'
import { ask, inSession, ownerRole } from './owner.ts'
import { recovered, type Stage } from './stage.ts'

/** A database that is not what this version expects is refused in words; one that only cannot be used now is waited for. */
export async function starts(stage: Stage): Promise<Figures> {
  const { life, admin } = stage
  const code = await life.stop()
  if (code !== 0) throw new Error(`A stop in order ended with ${code}`)
  await refusedBecause(stage, /lacks column listed \(/, async () => {
    await ask(admin, 'alter table tds_sync_runs rename column listed to listed_by_mistake')
    return () => ask(admin, 'alter table tds_sync_runs rename column listed_by_mistake to listed')
  })
  await refusedBecause(stage, /9999_from_the_future/, async () => {
    await ask(admin, `insert into tds_migrations values ('9999_from_the_future', '2099-01-01T00:00:00.000Z')`)
    return () => ask(admin, `delete from tds_migrations where name = '9999_from_the_future'`)
  })
  for (const passing of [lockedMigrations, noConnections]) await waitsFor(stage, passing)
  return { 'starts refused': 2, 'starts that waited': 2 }
}

type Obstacle = (stage: Stage) => Promise<() => Promise<unknown>>

async function refusedBecause(stage: Stage, words: RegExp, obstacle: Obstacle): Promise<void> {
  const remove = await obstacle(stage)
  try {
    stage.load()
    const { code, lines } = await stage.life.refused()
    const said = lines.find((line) => line.includes('"level":60') && words.test(line))
    if (code !== 1 || said === undefined)
      throw new Error(`It ended with ${code} and did not say ${words}:\n${lines.slice(-5).join('\n')}`)
  } finally {
    await remove()
  }
}

/** Webhooks are taken meanwhile, the process stays, and it is ready when it is over. */
async function waitsFor(stage: Stage, obstacle: Obstacle): Promise<void> {
  const { life } = stage
  const hand = createHand(stage)
  const remove = await obstacle(stage)
  const since = life.mark()
  try {
    await life.begin({ isReady: false })
    for (let sent = 0; sent < 10; sent++) {
      await chance(stage.random, 100, 300)
      const status = await hand.send()
      if (status !== 200) throw new Error(`A webhook got ${status} while the start waits`)
      stage.judge()
    }
    if (!life.said(/webhooks go to the spool/, since)) throw new Error('The start met no obstacle')
  } finally {
    await remove()
  }
  await recovered(stage, async () => true)
  await hand.allKept()
  await life.stop()
}

/** Somebody holds the table of migrations, and nobody waits for a lock. */
const lockedMigrations: Obstacle = async ({ admin }) => {
  await ask(admin, `alter role ${ownerRole} set lock_timeout = '50ms'`)
  const locked = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  const held = inSession(admin, async (client) => {
    await client.query('begin; lock table tds_migrations, tds_inbox_events in access exclusive mode')
    locked.resolve()
    await over.promise
    await client.query('rollback')
  })
  held.catch(locked.reject)
  await locked.promise
  return async () => {
    over.resolve()
    await held
    await ask(admin, `alter role ${ownerRole} reset lock_timeout`)
  }
}

const noConnections: Obstacle = async ({ admin }) => {
  await ask(admin, `alter role ${ownerRole} connection limit 0`)
  return () => ask(admin, `alter role ${ownerRole} connection limit -1`)
}
