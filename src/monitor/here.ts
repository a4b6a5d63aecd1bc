import { createFolderReader } from './read/folders.ts'
import { createSample, type Sample } from './sample.ts'
import type { HereFacts, MonitorDeps } from './types.ts'

/** What this process knows without the database: its folders, its spool, whether its loops turn. */
export function createHere({ clock, imageDir, spool, passSeconds, freePercent }: MonitorDeps): Sample<HereFacts> {
  const readFolders = createFolderReader({
    folders: [{ name: 'image', path: imageDir }, ...(spool ? [{ name: 'spool', path: spool.dir } as const] : [])],
    clock,
    freePercent,
  })
  const read = async (): Promise<HereFacts> => {
    const state = spool?.state()
    const oldest = state?.spoolOldestAt
    return {
      folders: await readFolders(),
      spool: state
        ? {
            bytes: state.spoolBytes,
            oldestSeconds: oldest ? Math.max(0, Math.floor((clock.now() - oldest.getTime()) / 1000)) : null,
            refusedBy: state.refusedBy,
            damaged: state.spoolDamaged,
          }
        : null,
      passSeconds: passSeconds?.() ?? 0,
    }
  }
  return createSample({ read, clock, maxAgeMs: 1000, deadlineMs: 3000 })
}
