import { open, readFile, rm, stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { identity, isAlive } from './process.ts'

const patienceMs = 120_000
const takeoverMs = 10_000

/**
 * Runs `work` while no other process does the same under this path. The lock is a file that names its owner; one left by
 * a killed process is taken over.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + patienceMs
  while (!(await take(path))) {
    await breakIfAbandoned(path)
    if (Date.now() > deadline) throw new Error(`another process holds ${path} for too long; delete it if none does`)
    await pause(50)
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600)
    await file.writeFile(identity(process.pid) ?? '')
    await file.close()
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Of several that find the owner dead, the one that gets the second lock removes the first; the others wait on. */
async function breakIfAbandoned(path: string): Promise<void> {
  if (!(await isAbandoned(path))) return
  const second = `${path}.takeover`
  if (await take(second)) {
    if (await isAbandoned(path)) await rm(path, { force: true })
    await rm(second, { force: true })
  } else if (await isOlderThan(second, takeoverMs)) {
    await rm(second, { force: true })
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const owner = await readFile(path, 'utf8').catch(() => undefined)
  if (owner === undefined) return false
  // Between its making and its first byte a lock is empty; only an old one was abandoned there.
  return owner === '' ? isOlderThan(path, takeoverMs) : !isAlive(owner)
}

async function isOlderThan(path: string, ms: number): Promise<boolean> {
  const file = await stat(path).catch(() => undefined)
  return file !== undefined && Date.now() - file.mtimeMs > ms
}
