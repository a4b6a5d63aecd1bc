import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, mkdir, open, opendir, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { TdsError } from '../errors.ts'
import { createDigests } from './digests.ts'
import { parseFileName } from './names.ts'
import { isAbsent, storeError } from './store-errors.ts'
import { type StoredFile, storedFile } from './stored-file.ts'

export interface ImageStore {
  /**
   * Temp file, fsync, lease, rename, fsync of the folder: readers see the old picture or the new one, whole.
   * @throws TdsError `IMAGE_LEASE_LOST` (nothing was published), `IMAGE_DISK_FULL`, `IMAGE_STORE`, `IMAGE_ODD_TARGET`.
   */
  publish(name: string, bytes: Buffer, o: { holdsLease: () => Promise<boolean>; signal: AbortSignal }): Promise<void>
  /** Undefined where there is no such plain file; symlinks are not followed. The caller closes it. */
  open(name: string): Promise<StoredFile | undefined>
  /** Removes the entry itself, never what it may point to; false when it was not there. */
  remove(name: string): Promise<boolean>
  /** Every entry of the folder. */
  entries(): AsyncGenerator<StoreEntry>
  /** Removes temp files last written before `beforeMs` (epoch milliseconds); how many. */
  removeTemps(beforeMs: number): Promise<number>
}

export interface StoreEntry {
  readonly name: string
  /** `ours` by name and plain; `odd` has our name but is a link or the like; `foreign` is left alone. */
  readonly kind: 'ours' | 'odd' | 'foreign'
}

/** Beside the pictures, so that a rename never crosses file systems. */
const tempFolder = '.tmp'

/** The folder of product images. It is made when first written to. */
export function createStore(dir: string): ImageStore {
  const temps = join(dir, tempFolder)
  const digests = createDigests()

  return {
    async publish(name, bytes, { holdsLease, signal }) {
      const target = join(dir, mustBeOurs(name))
      const temp = join(temps, randomUUID())
      try {
        await prepare()
        await writeWhole(temp, bytes)
        if (!(await holdsLease())) throw leaseLost()
        signal.throwIfAborted()
        await refuseOddTarget(target)
        await rename(temp, target)
        await syncFolder(dir)
      } catch (error) {
        await unlink(temp).catch(() => undefined)
        throw signal.aborted ? error : storeError(error, 'writing a picture')
      }
    },

    async open(name) {
      if (!parseFileName(name)) return undefined
      try {
        // O_NONBLOCK: opening a pipe somebody put there must not hang.
        const handle = await open(join(dir, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
        return await storedFile(handle, name, digests)
      } catch (error) {
        if (isAbsent(error)) return undefined
        throw storeError(error, 'reading a picture')
      }
    },

    remove: async (name) => removeEntry(join(dir, mustBeOurs(name))),

    async *entries() {
      for await (const entry of folder(dir)) {
        if (!parseFileName(entry.name)) {
          if (entry.name !== tempFolder) yield { name: entry.name, kind: 'foreign' }
        } else yield { name: entry.name, kind: entry.isFile() ? 'ours' : entry.isDirectory() ? 'foreign' : 'odd' }
      }
    },

    async removeTemps(beforeMs) {
      let removed = 0
      for await (const entry of folder(temps)) {
        const path = join(temps, entry.name)
        const stat = await lstat(path).catch(() => undefined)
        if (stat && !stat.isDirectory() && stat.mtimeMs < beforeMs && (await removeEntry(path))) removed++
      }
      return removed
    },
  }

  async function prepare(): Promise<void> {
    await mkdir(temps, { recursive: true })
    const stat = await lstat(temps)
    if (!stat.isDirectory()) throw odd(`${tempFolder} in the image folder is not a folder: remove it`)
  }
}

function mustBeOurs(name: string): string {
  if (parseFileName(name)) return name
  throw new TdsError('IMAGE_BAD_NAME', 'permanent', 'Not a file name of the image folder')
}

const leaseLost = () =>
  new TdsError('IMAGE_LEASE_LOST', 'transient', 'Another worker has taken this image over; nothing was published')

const odd = (message: string) => new TdsError('IMAGE_ODD_TARGET', 'permanent', message)

async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW
  await using handle = await open(path, flags, 0o644)
  await handle.writeFile(bytes)
  await handle.sync()
}

/** A rename would only replace the link, but whoever put one there meant something else than us. */
async function refuseOddTarget(target: string): Promise<void> {
  const stat = await lstat(target).catch((error: unknown) => {
    if (isAbsent(error)) return undefined
    throw error
  })
  if (stat && !stat.isFile()) throw odd('Where the picture belongs there is a link or a folder: remove it')
}

async function syncFolder(path: string): Promise<void> {
  await using handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  await handle.sync()
}

async function removeEntry(path: string): Promise<boolean> {
  try {
    await unlink(path)
    return true
  } catch (error) {
    if (isAbsent(error)) return false
    throw storeError(error, 'removing a file')
  }
}

/** Entries of a folder; none when it does not exist yet. */
async function* folder(path: string) {
  const handle = await opendir(path).catch((error: unknown) => {
    if (isAbsent(error)) return undefined
    throw storeError(error, 'listing')
  })
  if (handle) yield* handle
}
