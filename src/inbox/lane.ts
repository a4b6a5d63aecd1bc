import type { EventRecord, Receipt } from './types.ts'

export interface LaneOptions {
  /** Durable when it resolves; a receipt or an error for each record, in order. */
  readonly keep: (batch: readonly EventRecord[]) => Promise<ReadonlyArray<Receipt | Error>>
  readonly maxRows: number
  readonly maxBytes: number
}

export interface Lane {
  add(record: EventRecord): Promise<Receipt>
  /** Resolves when nothing waits and nothing is being written. */
  idle(): Promise<void>
}

interface Waiting {
  readonly record: EventRecord
  readonly resolve: (receipt: Receipt) => void
  readonly reject: (error: unknown) => void
}

/**
 * What arrives while a batch is being written makes the next batch. There is no timer: a lone request waits only for
 * what came in the same turn of the event loop.
 */
export function createLane({ keep, maxRows, maxBytes }: LaneOptions): Lane {
  let waiting: Waiting[] = []
  let writing: Promise<void> | undefined

  return {
    add(record) {
      return new Promise((resolve, reject) => {
        waiting.push({ record, resolve, reject })
        writing ??= nextTurn().then(writeAll)
      })
    },
    async idle() {
      while (writing) await writing
    },
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) await write(takeBatch())
    writing = undefined
  }

  async function write(batch: readonly Waiting[]): Promise<void> {
    try {
      const answers = await keep(batch.map((each) => each.record))
      batch.forEach((each, index) => {
        const answer = answers[index]
        if (answer === undefined || answer instanceof Error) each.reject(answer)
        else each.resolve(answer)
      })
    } catch (error) {
      for (const each of batch) each.reject(error)
    }
  }

  function takeBatch(): readonly Waiting[] {
    let bytes = 0
    let rows = 0
    for (const { record } of waiting) {
      bytes += record.body.length
      if (rows > 0 && (rows === maxRows || bytes > maxBytes)) break
      rows += 1
    }
    const batch = waiting.slice(0, rows)
    waiting = waiting.slice(rows)
    return batch
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
