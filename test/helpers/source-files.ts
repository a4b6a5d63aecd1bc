import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface SourceFile {
  /** From the root of the project, such as `src/queue/claim.ts`. */
  readonly path: string
  readonly text: string
  /** Files of the project it imports, types included, as paths from the root. */
  readonly imports: readonly string[]
}

/** Every TypeScript file below these folders, in alphabetical order. */
export async function sourceFiles(...folders: readonly string[]): Promise<readonly SourceFile[]> {
  const found = await Promise.all(folders.map(filesBelow))
  return Promise.all(
    found
      .flat()
      .toSorted()
      .map(async (path) => {
        const text = await readFile(root + path, 'utf8')
        return { path, text, imports: importsOf(path, text) }
      }),
  )
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(root + folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
}

const statements = [
  /^(?:import|export)\s+(?:type\s+)?(?:[\w$]+\s*,?\s*)?(?:\*(?:\s+as\s+[\w$]+)?|\{[^}]*\})?\s*from\s+'([^']+)'/gm,
  /^import\s+'([^']+)'/gm,
  /\bimport\(\s*['"`]([^'"`$]+)['"`]/g,
]

/** Static, type, side-effect and dynamic imports and re-exports; the formatter keeps statements in one form. */
export function importsOf(path: string, text: string): readonly string[] {
  const specifiers = statements.flatMap((statement) => [...text.matchAll(statement)].map(([, specifier]) => specifier))
  return [...new Set(specifiers)].flatMap((specifier) =>
    specifier?.startsWith('.') ? join(dirname(path), specifier) : [],
  )
}

/** The text without comments and without what stands in quotes or templates: only code is left. */
export function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g, ' ')
}
