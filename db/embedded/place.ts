import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { type Account, isOpenTo, serverAccount } from './account.ts'
import { type Binaries, placeBinaries } from './binaries.ts'

/** Where a cluster lives and what runs it. Everything of the cluster is in `folder`; its lock is the file beside it. */
export interface Place {
  readonly folder: string
  readonly account: Account
  readonly binaries: Binaries
}

/** For what root's PostgreSQL cannot reach elsewhere; only root writes there. */
const shelter = '/var/lib/tds'

/** The wanted folder, or one in the shelter if the user PostgreSQL runs as cannot get there (a clone in root's home). */
export async function choosePlace(wanted: string, log: (line: string) => void): Promise<Place> {
  const account = await serverAccount(wanted)
  const binaries = await placeBinaries(account, shelter, log)
  await mkdir(dirname(resolve(wanted)), { recursive: true })
  const parent = await realpath(dirname(resolve(wanted)))
  const home = join(parent, basename(wanted))
  await refuseOthers(home, account)
  if (await isOpenTo(parent, account)) return { folder: home, account, binaries }
  await mkdir(shelter, { recursive: true, mode: 0o755 })
  const folder = shelteredFolder(home)
  if (!existsSync(folder)) log(`the user ${account.name} cannot reach ${parent}, so the data is in ${folder}`)
  return { folder, account, binaries }
}

/** The folder in the shelter that stands for one PostgreSQL cannot reach. */
export const shelteredFolder = (home: string): string =>
  join(shelter, createHash('sha256').update(home).digest('hex').slice(0, 12))

/** A cluster of root's or of another user's is no use to a plain user; say so before a permission error does. */
async function refuseOthers(folder: string, account: Account): Promise<void> {
  const found = await stat(folder).catch(() => undefined)
  if (!found || found.uid === account.uid || process.getuid?.() === 0) return
  throw new Error(`${folder} belongs to user number ${found.uid}; delete it, or continue as that user`)
}
