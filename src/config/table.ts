import { readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { type Setting, settings } from './settings.ts'

const start = '<!-- configuration: written by "npm run config-table" -->'
const end = '<!-- end of configuration -->'

/** The README's table of settings, from the schemas that read them. */
export function configurationTable(): string {
  const rows = Object.entries(settings).map(
    ([name, setting]) =>
      `| \`${name}\` | ${valuesOf(setting)} | ${defaultOf(setting)} | ${forMarkdown(setting.about)} |`,
  )
  return ['| Name | Value | Default | Meaning |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

/** The text with the table between its marks renewed. @throws when the marks are not there */
export function withConfigurationTable(readme: string): string {
  const [from, to] = [readme.indexOf(start), readme.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`README.md lacks the lines ${start} and ${end}`)
  return `${readme.slice(0, from + start.length)}\n${configurationTable()}\n${readme.slice(to)}`
}

function valuesOf({ schema, secret }: Setting): string {
  if (secret) return 'secret'
  const { enum: words, minimum, maximum, type } = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'output' })
  if (words) return words.map((word) => `\`${word}\``).join(' ')
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`
  return type === 'boolean' ? '`true` `false`' : 'text'
}

/** What the schema makes of nothing. */
function defaultOf({ schema }: Setting): string {
  const { data } = schema.safeParse(undefined)
  return data === undefined ? '' : `\`${data}\``
}

const forMarkdown = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

if (import.meta.main) {
  const readme = new URL('../../README.md', import.meta.url)
  await writeFile(readme, withConfigurationTable(await readFile(readme, 'utf8')))
}
