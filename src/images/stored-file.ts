import type { ReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { Digests } from './digests.ts'
import { contentTypeOf } from './format.ts'
import { parseFileName } from './names.ts'

/** An open picture: everything about it is read through one handle, so a replacement in between mixes nothing. */
export interface StoredFile {
  readonly name: string
  readonly bytes: number
  readonly sha256: string
  readonly contentType: string
  readonly modifiedAt: Date
  /** Bytes from `start` to `end`, both included. The handle closes with the stream. */
  stream(range?: { start: number; end: number }): ReadStream
  close(): Promise<void>
}

/** Takes the handle over: it is closed when this fails or finds no plain file. */
export async function storedFile(handle: FileHandle, name: string, digests: Digests): Promise<StoredFile | undefined> {
  try {
    const stat = await handle.stat({ bigint: true })
    const parsed = parseFileName(name)
    if (!stat.isFile() || !parsed) {
      await handle.close()
      return undefined
    }
    const sha256 = await digests.of(handle, name, stat)
    return {
      name,
      bytes: Number(stat.size),
      sha256,
      contentType: contentTypeOf(parsed.extension),
      modifiedAt: stat.mtime,
      stream: (range) => handle.createReadStream({ start: 0, ...range }),
      close: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}
