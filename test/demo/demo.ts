import { once } from 'node:events'
import { createProgress, syncRuns } from '../../src/cli/index.ts'
import type { Environment } from '../../src/config.ts'
import { type Access, accessLines, writeAccess, writeEnvironment } from './access.ts'
import { drained } from './drained.ts'
import { meetFreshZoho } from './fresh-zoho.ts'
import { readHistory } from './history.ts'
import { anImage, databaseNow, readPictures } from './mirror.ts'
import type { DemoOptions } from './options.ts'
import { watchOutcomes } from './outcomes.ts'
import { reportLines } from './report.ts'
import { anchor, type Running, start } from './start.ts'
import { type Summary, summarise } from './summary.ts'

/** The whole demo, from the first server to the last one stopped. @returns the exit code */
export async function runDemo(options: DemoOptions, outside: Environment, signal: AbortSignal): Promise<number> {
  const stops: (() => Promise<void>)[] = []
  try {
    const running = await start(options, outside, (stop) => stops.unshift(stop))
    const { ctx } = running.service
    await ctx.ready()
    const access = accessOf(running)
    const files = {
      access: await writeAccess(running.config, access),
      environment: await writeEnvironment(running.config, running.environment, access),
    }
    running.simulator.control.webhooks.set({
      target: `${access.url}/api/tds/webhooks`,
      secret: access.webhook_secret,
      delivery: 'automatic',
    })
    const setBack = await meetFreshZoho(ctx, running.simulator, signal)
    if (setBack > 0)
      console.log(`The simulated Zoho starts from its seed again: ${setBack} records changed earlier are set back.`)
    const summary = await mirrorAll(running, options, signal)
    if (signal.aborted) return 130
    if (options.once) return summary.differences.length === 0 ? 0 : 1
    ctx.scheduler.start()
    for (const line of accessLines(access, files, await anImage(ctx.database.db))) console.log(line)
    if (!signal.aborted) await once(signal, 'abort')
    return 0
  } finally {
    for (const stop of stops) await stop()
  }
}

/** Six months before the simulated present. */
function recent(): Date {
  const since = new Date(anchor)
  since.setUTCMonth(since.getUTCMonth() - 6)
  return since
}

function accessOf({ config, databaseUrl, simulator, service }: Running): Access {
  return {
    url: service.url,
    admin_key: config.admin.key ?? '',
    webhook_secret: config.webhook.secrets[0] ?? '',
    webhook_key: config.webhook.key ?? '',
    simulator_url: simulator.url,
    database_url: databaseUrl,
  }
}

async function mirrorAll(running: Running, options: DemoOptions, signal: AbortSignal): Promise<Summary> {
  const { ctx } = running.service
  const { db } = ctx.database
  running.simulator.control.calls.reset()
  const since = await databaseNow(db)
  const picturesKnownBefore = (await readPictures(db)).known
  const outcomes = watchOutcomes(ctx)
  const began = ctx.clock.now()
  const secondsSoFar = () => (ctx.clock.now() - began) / 1000
  let productsSeconds: number | undefined
  const bars = createProgress(process.stdout, ctx.clock)
  const progress = {
    update: bars.update,
    finish(name: string, words: string) {
      if (name === 'products') productsSeconds = secondsSoFar()
      bars.finish(name, words)
    },
  }
  const full = await syncRuns(ctx, { mode: 'full', names: [], since: recent(), trigger: 'demo', signal, progress })
  // With Zoho's true limits the history is a matter of days, and the timetable's.
  const history = options.realLimits ? [] : await readHistory(ctx, bars, signal)
  await drained(ctx, signal)
  const elapsedSeconds = secondsSoFar()
  const runs = [...full, ...history]
  const summary = await summarise(ctx, running.simulator, { runs, outcomes, picturesKnownBefore, since })
  const perMinute = options.realLimits ? running.config.zoho.perMinute : undefined
  for (const line of reportLines(summary, { elapsedSeconds, productsSeconds, perMinute })) console.log(line)
  return summary
}
