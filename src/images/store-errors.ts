import { errorCode, TdsError } from '../errors.ts'

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** What the file system said, as an error of ours: a full disk has its own code, because an operator must act. */
export function storeError(error: unknown, doing: string): TdsError {
  if (error instanceof TdsError) return error
  if (full.has(errorCode(error))) {
    const message = `The disk of the image folder is full (${doing}): make room or move TDS_IMAGE_DIR`
    return new TdsError('IMAGE_DISK_FULL', 'transient', message, { cause: error })
  }
  const message = `The image folder did not take part (${doing}): look at TDS_IMAGE_DIR, its owner and its mode`
  return new TdsError('IMAGE_STORE', 'transient', message, { cause: error, detail: { system: errorCode(error) } })
}

/** Nothing by that name, or something that is not a plain file and is therefore not read. */
export const isAbsent = (error: unknown): boolean =>
  ['ENOENT', 'ELOOP', 'ENOTDIR', 'EISDIR', 'EMLINK'].includes(errorCode(error))
