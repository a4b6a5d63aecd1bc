import { readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

/**
 * A name for a process that its successor under the same number does not share: the number and, where /proc tells it,
 * the start time. Undefined when there is no such process.
 */
export function identity(pid: number): string | undefined {
  if (!exists(pid)) return undefined
  try {
    // Field 22; the second field is a name in brackets that may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields[0] === 'Z' ? undefined : `${pid}-${fields[19]}`
  } catch {
    return String(pid)
  }
}

export function isAlive(name: string): boolean {
  return identity(Number.parseInt(name, 10)) === name
}

/** Whether this process may be the PostgreSQL of `dataDir`: where /proc is there it is certain, elsewhere any living one may be. */
export function mayServe(pid: number, dataDir: string): boolean {
  if (!exists(pid)) return false
  try {
    return (
      readlinkSync(`/proc/${pid}/cwd`) === dataDir && basename(readlinkSync(`/proc/${pid}/exe`)).startsWith('postgres')
    )
  } catch {
    return process.platform !== 'linux'
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
