import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Seconds of CPU since the start: of this process, and of the bench's PostgreSQL with all its backends. */
export interface CpuSeconds {
  readonly service: number
  /** NaN where the system does not tell (only Linux does). */
  readonly postgres: number
}

export type ReadCpu = () => Promise<CpuSeconds>

/** CPU time, unlike a rate, hardly depends on what else the machine does. @param serverFolder of the embedded PostgreSQL */
export async function createCpuReader(serverFolder: string): Promise<ReadCpu> {
  const postmaster = Number((await readFile(join(serverFolder, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0])
  return async () => {
    const { user, system } = process.cpuUsage()
    return { service: (user + system) / 1e6, postgres: await secondsOfFamily(postmaster).catch(() => Number.NaN) }
  }
}

/** Linux counts in hundredths of a second, whatever the kernel's own tick. */
const ticksPerSecond = 100

async function secondsOfFamily(parent: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')))
  const ticks = stats.map((stat) => {
    // After the name in brackets: state, parent, ..., utime, stime, and those of children that ended.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const own = (fields[11] ?? 0) + (fields[12] ?? 0)
    if (stat.startsWith(`${parent} `)) return own + (fields[13] ?? 0) + (fields[14] ?? 0)
    return fields[1] === parent ? own : 0
  })
  return ticks.reduce((sum, each) => sum + each, 0) / ticksPerSecond
}

/** Runs the work and tells what it cost. */
export async function withCpu<T>(read: ReadCpu, work: () => Promise<T>): Promise<{ result: T; cpu: CpuSeconds }> {
  const before = await read()
  const result = await work()
  const after = await read()
  return {
    result,
    cpu: { service: after.service - before.service, postgres: after.postgres - before.postgres },
  }
}
