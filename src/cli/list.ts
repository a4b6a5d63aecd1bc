import { readFile, writeFile } from 'node:fs/promises'
import type { Command } from './command.ts'
import { commands } from './index.ts'

const start = '<!-- commands: written by "npm run command-list" -->\n```\n'
const end = '\n```\n<!-- end of commands -->'

/** The README's list of commands: the lines of the help. */
export function commandList(all: readonly Command[] = commands): string {
  const width = Math.max(...all.map(({ name }) => name.length))
  return all.map(({ name, summary }) => `${name.padEnd(width)}  ${summary}`).join('\n')
}

/** The text with the list between its marks renewed. @throws when the marks are not there */
export function withCommandList(readme: string): string {
  const [from, to] = [readme.indexOf(start), readme.indexOf(end)]
  if (from < 0 || to < from) throw new Error('README.md lacks the marks of the command list')
  return readme.slice(0, from + start.length) + commandList() + readme.slice(to)
}

if (import.meta.main) {
  const readme = new URL('../../README.md', import.meta.url)
  await writeFile(readme, withCommandList(await readFile(readme, 'utf8')))
}
