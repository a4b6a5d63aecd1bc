import { execFile } from 'node:child_process'
import { chown, mkdir, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chance } from '../trial.ts'
import type { Blow } from './blow.ts'
import { refuse } from './blows-statements.ts'
import { ask, inSession } from './owner.ts'
import { type Stage, terminateAll } from './stage.ts'

const run = promisify(execFile)
const code = (...codes: string[]) => new RegExp(`"code":"(${codes.join('|')})"`)

/** The network to the database takes everything and brings nothing back. */
export const hungBlows: readonly Blow[] = (['goes on', 'breaks', 'breaks at the other end first'] as const).map(
  (ending) => ({
    name: `the database hangs, then the network ${ending}`,
    tells: ['database_away'],
    met: code('INBOX_DATABASE_SLOW', 'UNKNOWN', '57014'),
    async strike(stage) {
      const { network, random } = stage
      network.set({ kind: 'black-hole' })
      await chance(random, 0, 500)
      if (ending === 'breaks at the other end first') await terminateAll(stage)
      return async () => {
        if (network.met === 0) throw new Error('Nothing went into the black hole')
        if (ending === 'breaks') network.breakAll()
        network.clear()
      }
    },
  }),
)

/** The disk of the tables is full: really, where this process may mount one; else PostgreSQL says so. */
export function diskFull(canMount: boolean): Blow {
  return {
    name: canMount ? 'the disk of the database is full' : 'the database says that its disk is full',
    tells: ['database_refuses'],
    met: code('53100'),
    strike: (stage) =>
      canMount ? fillDisk(stage) : refuse(stage, ['tds_inbox_payloads', 'products', 'tds_metrics'], 1, ['53100']),
  }
}

/** The tables move to a disk of their own, of which nothing is left. */
async function fillDisk(stage: Stage): Promise<() => Promise<unknown>> {
  const { admin, server } = stage
  const small = await mountSmall(join(server.folder, 'small'), '64m')
  const { uid, gid } = await stat(join(server.folder, 'data'))
  const location = join(small.folder, 'tablespace')
  await mkdir(location, { mode: 0o700 })
  await chown(location, uid, gid)
  await ask(admin, `create tablespace small location '${location}'`)
  await moveTo(stage, 'small', 'pg_default')
  await fill(small.folder)
  return async () => {
    try {
      await rm(join(small.folder, 'filler'))
      await moveTo(stage, 'pg_default', 'small')
      // Files of what moved away are kept until the next checkpoint.
      await ask(admin, 'checkpoint')
      await ask(admin, 'drop tablespace small')
    } finally {
      await small.unmount()
    }
  }
}

/** Each waits for the statements in hand and holds up the next ones for a moment. */
function moveTo({ admin }: Stage, to: string, from: string): Promise<void> {
  return inSession(admin, async (client) => {
    // Of a deadlock with the work that goes on, TDS is the one that gives way.
    await client.query(`set deadlock_timeout = '20s'`)
    for (const kind of ['table', 'index'])
      for (let tries = 1; ; tries++) {
        try {
          await client.query(`alter ${kind} all in tablespace ${from} set tablespace ${to}`)
          break
        } catch (error) {
          // A deadlock with the work that goes on.
          if (tries === 10) throw error
        }
      }
  })
}

export interface SmallDisk {
  readonly folder: string
  unmount(): Promise<void>
}

/** A file system of this size. */
export async function mountSmall(folder: string, size: string): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true })
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0755`, 'tmpfs', folder])
  return {
    folder,
    async unmount() {
      await run('umount', ['--lazy', folder])
    },
  }
}

/** Whether this process may mount file systems at all. */
export async function canMountIn(folder: string): Promise<boolean> {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return false
  try {
    const { unmount } = await mountSmall(join(folder, 'try'), '64k')
    await unmount()
    return true
  } catch {
    return false
  }
}

/** Until nothing fits any more. */
export async function fill(folder: string): Promise<void> {
  await using file = await open(join(folder, 'filler'), 'w')
  for (const size of [1024 * 1024, 4096, 1])
    for (let hasRoom = true; hasRoom; )
      hasRoom = await file.write(Buffer.alloc(size)).then(
        ({ bytesWritten }) => bytesWritten === size,
        () => false,
      )
}
