import { startSharedServer } from '../helpers/test-server.ts'
import { checkInLanes } from './lanes.ts'

export interface SearchOptions {
  readonly seed: number
  readonly histories: string
  readonly lanes: string
  readonly path?: string | undefined
  readonly shrink: string
}

/** As many random histories as wanted, or the one a failure named. @returns the exit code */
export async function searchHistories(options: SearchOptions, print: (line: string) => void): Promise<number> {
  const { seed, path } = options
  const lanes = path === undefined ? Number(options.lanes) : 1
  const histories = Number(options.histories)
  const shrinkMs = Number(options.shrink) * 1000
  if (![lanes, histories, shrinkMs].every((number) => Number.isSafeInteger(number) && number >= 0)) return 2
  print(`seed ${seed}: ${histories} histories in ${lanes} lanes`)
  const { server, url } = await startSharedServer()
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  let done = 0
  const onHistory = () => {
    done += 1
    if (done % 50 === 0) print(`${done} histories after ${seconds()} s`)
  }
  const onFailure = (lines: readonly string[]) => lines.forEach(print)
  try {
    const all = { seed, histories, lanes, shrinkMs, onHistory, onFailure, ...(path !== undefined && { path }) }
    const { failed, lines, tried } = await checkInLanes(url, all)
    for (const line of lines) print(line)
    const { changes, delivered, held, deaths } = tried
    print(`${changes} changes, ${delivered} webhooks, ${held} changes within a read, ${deaths} deaths; ${seconds()} s`)
    return failed ? 1 : 0
  } finally {
    await server.stop()
  }
}
