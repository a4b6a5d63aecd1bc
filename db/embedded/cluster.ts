import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Place } from './place.ts'

const run = promisify(execFile)

/** The role that owns the cluster. */
export const owner = 'tds'

/** Runs one of PostgreSQL's programs as the cluster's user, with nothing of our environment in its own. */
export async function runAs({ account }: Place, program: string, args: readonly string[]): Promise<void> {
  const user = process.getuid?.() === 0 ? { uid: account.uid, gid: account.gid } : {}
  await run(program, args, { ...user, cwd: '/', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } })
}

/** Where the password of a cluster is. */
export const passwordFile = (folder: string): string => join(folder, 'password')

/** Makes the cluster on first use. The password is random, lives in a file only its owner reads, and is returned. */
export async function ensureCluster(place: Place, fast: boolean): Promise<string> {
  const { folder, account } = place
  const file = passwordFile(folder)
  if (!existsSync(join(folder, 'data'))) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeFile(file, randomBytes(24).toString('hex'), { mode: 0o600 })
    for (const path of [folder, file]) await chown(path, account.uid, account.gid)
    await initialise(place, file, fast)
  }
  return readFile(file, 'utf8')
}

/** Under another name first, so that a cluster whose making was interrupted is never taken for a whole one. */
async function initialise(place: Place, password: string, fast: boolean): Promise<void> {
  const unfinished = join(place.folder, 'data.new')
  await rm(unfinished, { recursive: true, force: true })
  const flags = [`--pgdata=${unfinished}`, `--username=${owner}`, `--pwfile=${password}`, '--auth=scram-sha-256']
  const language = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  await runAs(place, place.binaries.initdb, [...flags, ...language, ...(fast ? ['--no-sync'] : [])])
  await rename(unfinished, join(place.folder, 'data'))
}
