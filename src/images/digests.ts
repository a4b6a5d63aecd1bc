import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'

export interface Digests {
  /** sha256 of an open file, hex; computed once for each content a file has had. */
  of(handle: FileHandle, name: string, stat: BigIntStats): Promise<string>
}

/** Published files change only by rename, so inode, size and times together say whether a digest still holds. */
export function createDigests(most = 50_000): Digests {
  const known = new Map<string, { stamp: string; sha256: string }>()

  return {
    async of(handle, name, stat) {
      const stamp = [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(' ')
      const found = known.get(name)
      if (found?.stamp === stamp) return found.sha256
      const sha256 = await digest(handle)
      known.delete(name)
      known.set(name, { stamp, sha256 })
      const oldest = known.keys().next()
      if (known.size > most && !oldest.done) known.delete(oldest.value)
      return sha256
    },
  }
}

async function digest(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of handle.createReadStream({ start: 0, autoClose: false })) hash.update(part)
  return hash.digest('hex')
}
