import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { root } from '../../runner/command.ts'
import { type Mutant, mutate } from './mutant.ts'

/** A copy of the project that may be spoiled. */
export interface Workshop {
  readonly root: string
  /** @throws where one of them does not apply any more */
  check(mutants: readonly Mutant[]): Promise<void>
  /** The copy with one line changed, for as long as the work takes. */
  withMutant<T>(mutant: Mutant, work: () => Promise<T>): Promise<T>
  remove(): Promise<void>
}

const leftOut = ['node_modules', '.git', '.tds', '.tap', 'bench']

/** The sources as they are, with the installed packages linked. */
export async function openWorkshop(): Promise<Workshop> {
  const copy = await mkdtemp(join(tmpdir(), 'tds-mutants-'))
  await cp(root, copy, {
    recursive: true,
    filter: (path) => !leftOut.includes(relative(root, path).split(sep)[0] ?? ''),
  })
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir')
  return {
    root: copy,
    async check(mutants) {
      for (const mutant of mutants) mutate(await readFile(join(copy, mutant.file), 'utf8'), mutant)
    },
    async withMutant(mutant, work) {
      const path = join(copy, mutant.file)
      const source = await readFile(path, 'utf8')
      await writeFile(path, mutate(source, mutant))
      try {
        return await work()
      } finally {
        await writeFile(path, source)
      }
    },
    remove: () => rm(copy, { recursive: true, force: true }),
  }
}
