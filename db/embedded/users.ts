import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { identity, isAlive } from './process.ts'

let entered = 0

/** The processes that use a cluster, one file each, so that the last one to leave can stop it. */
export async function enter(folder: string): Promise<string> {
  const users = join(folder, 'users')
  await mkdir(users, { recursive: true, mode: 0o700 })
  entered += 1
  const mine = join(users, `${identity(process.pid)}.${entered}`)
  await writeFile(mine, '', { mode: 0o600 })
  return mine
}

/** Takes the entry back. @returns whether somebody else is still there; entries of dead processes do not count. */
export async function leave(folder: string, mine: string): Promise<boolean> {
  await rm(mine, { force: true })
  const names = await readdir(join(folder, 'users'))
  return names.some((name) => isAlive(name.slice(0, name.lastIndexOf('.'))))
}
