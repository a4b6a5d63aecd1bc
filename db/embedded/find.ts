import { readFile, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { owner, passwordFile } from './cluster.ts'
import { shelteredFolder } from './place.ts'

/**
 * URL of the embedded server that runs for this folder, found by reading alone: nothing is made, started or locked.
 * Whether it answers, the first connection shows.
 */
export async function findEmbedded(dataDir: string): Promise<string | undefined> {
  const parent = await realpath(dirname(resolve(dataDir))).catch(() => undefined)
  if (parent === undefined) return undefined
  const home = join(parent, basename(dataDir))
  return (await urlIn(home)) ?? (await urlIn(shelteredFolder(home)))
}

async function urlIn(folder: string): Promise<string | undefined> {
  const lines = await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8').catch(() => '')
  const password = await readFile(passwordFile(folder), 'utf8').catch(() => undefined)
  const port = Number(lines.split('\n')[3])
  if (!port || password === undefined) return undefined
  return `postgres://${owner}:${password.trim()}@127.0.0.1:${port}/${owner}`
}
