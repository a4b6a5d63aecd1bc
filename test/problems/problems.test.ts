import { readFile } from 'node:fs/promises'
import t from 'tap'
import { problemOf, problemPage, renderErrorDocs, topics } from '../../src/problems/index.ts'
import { sourceFiles } from '../helpers/source-files.ts'

/** Codes as they are written: thrown, made from what Zoho says, made from what the framework refuses. */
const coded =
  /(?:\b(?:inputError|TdsError|zohoError|busy|verdict)\(\s*|\bcode: |^ {2}\w+: \[\d{3}, |= \[\d{3}, |^ {2}\w+: \[)'([A-Z]+(?:_[A-Z0-9]+)+|TIMEOUT|INTERNAL|VALIDATION)'/gm

t.test('every code that can reach somebody has its entry', async (t) => {
  const files = await sourceFiles('src', 'routes')
  const seen = new Map<string, string>()
  for (const { path, text } of files) for (const [, code = ''] of text.matchAll(coded)) seen.set(code, path)
  t.ok(seen.size > 60, `${seen.size} codes were found`)
  for (const known of [
    'KEY_INVALID',
    'ZOHO_DAY_LIMIT',
    'ZOHO_TIMEOUT',
    'DATABASE_AWAY',
    'MALFORMED_REQUEST',
    'INBOX_BUSY',
  ])
    t.ok(seen.has(known), `${known} was found`)
  for (const [code, path] of seen) t.ok(problemOf(code), `${code} of ${path}`)
})

t.test('no entry is of a code that nobody uses', async (t) => {
  const files = (await sourceFiles('src', 'routes')).filter(({ path }) => !path.startsWith('src/problems/'))
  const text = files.map((file) => file.text).join('\n')
  for (const { entries } of topics)
    for (const code of Object.keys(entries)) t.match(text, new RegExp(`\\b${code}\\b`), code)
})

t.test('each code has one entry, with words that end, and a page that says them', (t) => {
  const codes = topics.flatMap(({ entries }) => Object.keys(entries))
  t.equal(new Set(codes).size, codes.length)
  for (const code of codes) {
    const { title = '', meaning = '', remedy = '' } = problemOf(code) ?? {}
    t.ok(title.length > 3 && title.length < 50, `${code} has a title`)
    t.match(meaning, /\.$/, `${code} says what it means`)
    t.ok(remedy.length > 5, `${code} says what to do`)
    t.match(problemPage(code), `<code>${code}</code>`)
  }
  t.end()
})

t.test('docs/errors.md is what the catalogue says; npm run error-docs writes it', async (t) => {
  t.equal(await readFile('docs/errors.md', 'utf8'), renderErrorDocs())
})
