import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, realpath, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { type Account, canReach, serverAccount } from './account.ts'
import { type Binaries, placeBinaries } from './binaries.ts'

/** Where a cluster lives and what runs it. Everything of the cluster is in `folder`; its lock is the file beside it. */
export interface Place {
  readonly folder: string
  readonly account: Account
  readonly binaries: Binaries
}

/** The wanted folder, or one below `/var/lib/tds` if the user PostgreSQL runs as cannot get there (a clone in root's home). */
export async function choosePlace(wanted: string, log: (line: string) => void): Promise<Place> {
  const account = await serverAccount(wanted)
  const shelter = await makeShelter(account)
  const binaries = await placeBinaries(account, shelter, log)
  await mkdir(dirname(resolve(wanted)), { recursive: true })
  const parent = await realpath(dirname(resolve(wanted)))
  const home = join(parent, basename(wanted))
  await refuseOthers(home, account)
  if (await canReach(parent, account)) return { folder: home, account, binaries }
  await mkdir(shelter, { recursive: true })
  const folder = join(shelter, createHash('sha256').update(home).digest('hex').slice(0, 12))
  if (!existsSync(folder)) log(`the user ${account.name} cannot reach ${parent}, so the data is in ${folder}`)
  return { folder, account, binaries }
}

/** A cluster made by root's helper or by somebody else is no use to a plain user; say so before a permission error does. */
async function refuseOthers(folder: string, account: Account): Promise<void> {
  const found = await stat(folder).catch(() => undefined)
  if (!found || found.uid === account.uid || process.getuid?.() === 0) return
  throw new Error(`${folder} belongs to user number ${found.uid}; delete it, or continue as that user`)
}

/** A folder the account can reach, for what it cannot reach elsewhere. */
async function makeShelter(account: Account): Promise<string> {
  const temporary = join(tmpdir(), `tds-${account.name}`)
  if (process.getuid?.() !== 0) return temporary
  const lasting = '/var/lib/tds'
  return mkdir(lasting, { recursive: true, mode: 0o755 }).then(
    () => lasting,
    () => temporary,
  )
}
