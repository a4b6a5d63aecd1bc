import { mkdir, readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Embedded, startEmbedded } from '../../db/index.ts'

const folder = fileURLToPath(new URL('../../.tds/test/', import.meta.url))
let made = 0

/** Starts or adopts the server all test files share. @returns it and its maintenance URL */
export async function startSharedServer(): Promise<{ server: Embedded; url: string }> {
  const server = await startEmbedded({ dataDir: `${folder}postgres`, fast: true })
  const url = new URL(server.connectionString)
  url.pathname = '/postgres'
  return { server, url: url.href }
}

/** A server nobody else uses; its data go when it is destroyed, or with the next sweep if this process was killed. */
export function privateServer(): Promise<Embedded> {
  made += 1
  return startEmbedded({ dataDir: `${folder}server-${process.pid}-${made}`, fast: true })
}

/** Ends the private servers of killed test processes. */
export async function sweepServers(): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const name of await readdir(folder)) {
    const pid = name.match(/^server-(\d+)-\d+$/)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    const orphan = await startEmbedded({ dataDir: folder + name, fast: true })
    await orphan.destroy()
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
