import { access, constants, stat, statfs } from 'node:fs/promises'
import { errorCode } from '../../errors.ts'
import type { Clock } from '../../runtime/index.ts'

export interface Folder {
  readonly name: 'image' | 'spool'
  readonly path: string
}

export interface FolderFact {
  readonly name: Folder['name']
  /** `absent` was never there, `gone` was; `silent` does not answer in time. */
  readonly state: 'usable' | 'absent' | 'gone' | 'not_a_folder' | 'not_writable' | 'silent'
  readonly freePercent: number | null
}

export interface FolderReaderOptions {
  readonly folders: readonly Folder[]
  readonly clock: Clock
  /** Percent of the folder's disk that is free. */
  readonly freePercent?: ((path: string) => Promise<number>) | undefined
  /** @default 1000 */
  readonly deadlineMs?: number
}

/**
 * What the folders are like now. A file system that hangs is asked by one look at a time, because each takes one of the
 * few threads that files have.
 */
export function createFolderReader(options: FolderReaderOptions): () => Promise<readonly FolderFact[]> {
  const { folders, clock, freePercent = diskFree, deadlineMs = 1000 } = options
  const readers = folders.map((folder) => createReader(folder))
  return () => Promise.all(readers.map((read) => read()))

  function createReader({ name, path }: Folder): () => Promise<FolderFact> {
    const silent: FolderFact = { name, state: 'silent', freePercent: null }
    let wasThere = false
    let looking: Promise<FolderFact> | undefined

    return async () => {
      if (looking) return silent
      const look = inspect()
      looking = look.finally(() => {
        looking = undefined
      })
      const answered = new AbortController()
      const tooLate = clock.sleep(deadlineMs, answered.signal).then(() => silent)
      return Promise.race([looking, tooLate]).finally(() => answered.abort())
    }

    async function inspect(): Promise<FolderFact> {
      try {
        if (!(await stat(path)).isDirectory()) return { name, state: 'not_a_folder', freePercent: null }
        wasThere = true
        const free = await freePercent(path).catch(() => null)
        const isWritable = await access(path, constants.W_OK | constants.X_OK).then(
          () => true,
          () => false,
        )
        return { name, state: isWritable ? 'usable' : 'not_writable', freePercent: free }
      } catch (error) {
        const isAbsent = ['ENOENT', 'ENOTDIR'].includes(errorCode(error))
        const state = isAbsent ? (wasThere ? 'gone' : 'absent') : 'not_writable'
        return { name, state, freePercent: null }
      }
    }
  }
}

async function diskFree(path: string): Promise<number> {
  const { bavail, blocks } = await statfs(path)
  return blocks === 0 ? 100 : Math.floor((bavail / blocks) * 1000) / 10
}
