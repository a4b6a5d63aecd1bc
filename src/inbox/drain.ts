import { errorCode, errorMessage } from '../errors.ts'
import type { Logger } from '../log.ts'
import { type Clock, createLoop, type Loop } from '../runtime/index.ts'
import type { Connection } from './connection.ts'
import type { Counters } from './counters.ts'
import type { Gate } from './gate.ts'
import { storeApart } from './split.ts'
import type { Spool } from './spool.ts'
import type { Decoded } from './spool-format.ts'
import { store } from './store.ts'

export interface DrainerOptions {
  readonly spool: Spool
  readonly gate: Gate
  readonly connection: Connection
  readonly counters: Counters
  readonly clock: Clock
  readonly log: Logger
  readonly onStored: () => void
}

const whileDownMs = 500
/** Files of a process that died meanwhile. */
const whileEmptyMs = 15_000

/** Moves spooled events into the table, oldest file first, as soon as the database takes them. */
export function createDrainer(options: DrainerOptions): Loop {
  const { clock, log } = options
  return createLoop({
    name: 'spool-drain',
    clock,
    pass: (signal) => drain(options, signal),
    onError: (error) => log.error({ code: errorCode(error) }, `draining the spool: ${errorMessage(error)}`),
  })
}

async function drain(options: DrainerOptions, signal: AbortSignal): Promise<number> {
  const { spool, gate, connection, clock, log, onStored } = options
  await spool.removeTorn(clock.now())
  const names = await spool.list()
  let drained = 0
  if (names.length === 0) gate.open()
  for (const name of names) {
    if (signal.aborted) break
    const file = await readable(options, name)
    if (file === undefined) continue
    try {
      await drainFile(options, name, file)
    } catch (error) {
      gate.close(error)
      log.debug({ code: errorCode(error), file: name }, 'the database does not take the spool yet')
      return whileDownMs
    }
    drained += 1
    gate.open()
    onStored()
  }
  connection.close()
  // What came while these were drained is not in the list.
  return drained > 0 ? 0 : whileEmptyMs
}

/** A file the disk does not give back must not hold up those behind it. */
async function readable({ spool, log }: DrainerOptions, name: string): Promise<Decoded | undefined> {
  try {
    return await spool.read(name)
  } catch (error) {
    log.error({ file: name, code: errorCode(error) }, `a spool file cannot be read: ${errorMessage(error)}`)
    return undefined
  }
}

/** The file goes only after the commit; a crash between the two drains it again, which changes nothing. */
async function drainFile(options: DrainerOptions, name: string, file: Decoded): Promise<void> {
  const { spool, connection, counters, log } = options
  let refused = 0
  await storeApart(
    file.records,
    (part) => connection.run((client) => store(client, part)),
    (record, error) => {
      refused += 1
      log.error({ eventId: record.eventId, code: errorCode(error) }, 'the database refuses a spooled webhook')
    },
  )
  const spoiled = file.corruptLines.length + refused
  if (spoiled === 0) {
    await spool.remove(name)
    log.info({ events: file.records.length, file: name }, 'drained spooled webhooks')
    return
  }
  counters.add('spool_corrupt', '', spoiled)
  const aside = await spool.setAside(name)
  log.error(
    { file: aside, corruptLines: file.corruptLines, refused, drained: file.records.length - refused },
    'a spool file holds damaged webhooks; the others were drained, the file was set aside for inspection',
  )
}
