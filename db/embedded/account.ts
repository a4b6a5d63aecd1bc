import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The user PostgreSQL runs as. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/**
 * PostgreSQL refuses to run as root: root hands it to who owns the cluster, else to the user `postgres`, made if need
 * be, or to `nobody`. Others run it themselves.
 */
export async function serverAccount(cluster: string): Promise<Account> {
  // Not userInfo(): a container may run as a number that has no name.
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0]
  if (uid !== 0) return { name: `number ${uid}`, uid, gid }
  const owned = await stat(join(cluster, 'data')).catch(() => undefined)
  if (owned) return { name: `number ${owned.uid}`, uid: owned.uid, gid: owned.gid }
  return (await lookUp('postgres')) ?? (await create('postgres')) ?? (await need('nobody'))
}

/** Whether the account gets to this folder. Only root hands the server to somebody else; others are where they are. */
export async function isOpenTo(folder: string, account: Account): Promise<boolean> {
  return process.getuid?.() !== 0 || canReach(folder, account)
}

/** Whether the folder and all above it let this account through (mode bits; what an ACL adds is not seen). */
export async function canReach(folder: string, { uid, gid }: Account): Promise<boolean> {
  const path = resolve(folder)
  const entry = await stat(path)
  const shift = entry.uid === uid ? 6 : entry.gid === gid ? 3 : 0
  if (((entry.mode >> shift) & 0o1) === 0) return false
  return path === dirname(path) || canReach(dirname(path), { name: '', uid, gid })
}

async function lookUp(name: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { name, uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined
  }
}

async function create(name: string): Promise<Account | undefined> {
  const flags = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin']
  await run('useradd', [...flags, name]).catch(() => undefined)
  return lookUp(name)
}

async function need(name: string): Promise<Account> {
  const account = await lookUp(name)
  if (account) return account
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody to run it as')
}
