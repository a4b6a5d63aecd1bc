import { mkdir, readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { type Embedded, startEmbedded } from '../../db/index.ts'

const folder = fileURLToPath(new URL('../../.tds/test/', import.meta.url))
let shared: Promise<string> | undefined
let made = 0

/**
 * The maintenance URL of the server all test files share. `npm test` starts it once and names it in TEST_DATABASE_SERVER;
 * a file run alone starts it, or adopts the one that runs, and the last file that leaves stops it.
 */
export function sharedServer(): Promise<string> {
  shared ??= givenServer() ?? ownServer()
  return shared
}

/** Starts or adopts the shared server. @returns it and its maintenance URL */
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

function givenServer(): Promise<string> | undefined {
  const url = process.env.TEST_DATABASE_SERVER
  return url ? Promise.resolve(url) : undefined
}

async function ownServer(): Promise<string> {
  const { server, url } = await startSharedServer()
  t.teardown(() => server.stop())
  return url
}
