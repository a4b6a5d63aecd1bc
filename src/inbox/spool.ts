import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { v7 as uuidv7 } from 'uuid'
import { TdsError } from '../errors.ts'
import { type Decoded, decodeRecords, encodeRecords } from './spool-format.ts'
import type { EventRecord } from './types.ts'

export interface SpoolOptions {
  readonly dir: string
  readonly maxBytes: number
}

/**
 * A folder of files, each holding the events of one flush. Names are UUIDv7, so their order is that of arrival. Nothing
 * in a file belongs to a process: whoever finds it may drain it, even two at once.
 */
export interface Spool {
  /** On disk when it resolves. @throws TdsError `INBOX_SPOOL_FULL`, or what the file system said. */
  write(records: readonly EventRecord[]): Promise<void>
  /** Names of what waits, oldest first. */
  list(): Promise<readonly string[]>
  /** undefined: another process drained it meanwhile. */
  read(name: string): Promise<Decoded | undefined>
  remove(name: string): Promise<void>
  /** Keeps a damaged file under another name, for people. */
  setAside(name: string): Promise<string>
  /** Removes what writers left unfinished that no longer live. Their requests were never answered. */
  removeTorn(now: number): Promise<void>
  /** As of the last look. */
  usedBytes(): number
  /** Files that were set aside and are still there, as of the last look. */
  damaged(): number
  /** Since when the oldest known file waits; null when none is known. */
  oldestAt(): Date | null
}

const suffix = '.events'
/** What a damaged file is called from then on. */
const aside = '.corrupt'
const tornAfterMs = 3_600_000

export function createSpool({ dir, maxBytes }: SpoolOptions): Spool {
  let used: number | undefined
  /** Names of what waits, as far as this process knows since the last list. */
  let known = new Set<string>()
  let damaged = 0

  return {
    async write(records) {
      const bytes = encodeRecords(records)
      used ??= await measure()
      if (used + bytes.length > maxBytes) throw spoolFull(maxBytes)
      used += bytes.length
      try {
        known.add(await writeDurably(dir, bytes))
      } catch (error) {
        used -= bytes.length
        throw error
      }
    },
    async list() {
      const all = await namesIn(dir)
      const names = waitingOf(all)
      known = new Set(names)
      damaged = all.filter((name) => name.endsWith(aside)).length
      used = names.length === 0 ? 0 : await measure(names)
      return names
    },
    read: (name) => ifPresent(readFile(join(dir, name)).then(decodeRecords)),
    async remove(name) {
      const size = await ifPresent(stat(join(dir, name)).then((file) => file.size))
      await rm(join(dir, name), { force: true })
      known.delete(name)
      used = Math.max(0, (used ?? 0) - (size ?? 0))
    },
    async setAside(name) {
      const kept = join(dir, name + aside)
      await ifPresent(rename(join(dir, name), kept))
      known.delete(name)
      damaged += 1
      return kept
    },
    async removeTorn(now) {
      for (const name of (await namesIn(dir)).filter((each) => each.endsWith('.tmp'))) {
        const age = await ifPresent(stat(join(dir, name)).then((file) => now - file.mtimeMs))
        if (age !== undefined && age > tornAfterMs) await rm(join(dir, name), { force: true })
      }
    },
    usedBytes: () => used ?? 0,
    damaged: () => damaged,
    oldestAt() {
      const first = [...known].toSorted().find((name) => !Number.isNaN(madeAt(name)))
      return first === undefined ? null : new Date(madeAt(first))
    },
  }

  async function measure(known?: readonly string[]): Promise<number> {
    let total = 0
    for (const name of known ?? waitingOf(await namesIn(dir))) {
      total += (await ifPresent(stat(join(dir, name)).then((file) => file.size))) ?? 0
    }
    return total
  }
}

/** Temporary name, fsync, rename, fsync of the folder: after a crash the file is there whole or not at all. */
async function writeDurably(dir: string, bytes: Buffer): Promise<string> {
  await mkdir(dir, { recursive: true })
  const name = uuidv7()
  const temporary = join(dir, `.${name}.tmp`)
  try {
    await using file = await open(temporary, 'wx', 0o600)
    await file.writeFile(bytes)
    await file.sync()
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await rename(temporary, join(dir, name + suffix))
  await using folder = await open(dir, 'r')
  await folder.sync()
  return name + suffix
}

/** Our names are UUIDv7, which begin with the time they were made; of others it is not known (NaN). */
const madeAt = (name: string): number =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(name) ? Number.parseInt(name.slice(0, 13).replace('-', ''), 16) : Number.NaN

const waitingOf = (names: readonly string[]): string[] => names.filter((name) => name.endsWith(suffix)).toSorted()

async function namesIn(dir: string): Promise<string[]> {
  return (await ifPresent(readdir(dir))) ?? []
}

/** A file or folder that is not there is no fault: another process drained it, or nothing was ever spooled. */
async function ifPresent<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function spoolFull(maxBytes: number): TdsError {
  return new TdsError('INBOX_SPOOL_FULL', 'transient', `The spool holds its ${maxBytes} bytes`, {
    status: 503,
    detail: { retryAfterSeconds: 30 },
  })
}
