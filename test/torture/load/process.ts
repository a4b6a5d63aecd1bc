import { readdir, readFile } from 'node:fs/promises'

/** Memory in use by a process, in MiB, as the kernel counts it. */
export async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024)
}

/** Open files, sockets and pipes of a process. */
export const handles = async (pid: number): Promise<number> => (await readdir(`/proc/${pid}/fd`)).length

/** Looks again and again, one look after the other, until it is ended. @returns what was seen */
export function watch<T>(everyMs: number, look: () => Promise<T>): { end(): Promise<T[]> } {
  const seen: T[] = []
  const over = new AbortController()
  const run = async () => {
    while (!over.signal.aborted) {
      seen.push(await look())
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  }
  const running = run()
  running.catch(() => {})
  return {
    async end() {
      over.abort()
      await running
      return seen
    },
  }
}
