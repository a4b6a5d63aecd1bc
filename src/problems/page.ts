import { createHash } from 'node:crypto'
import { problemOf, topics } from './catalogue.ts'

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}
code{font-size:.95em}@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}a{color:#8bf}}`

/** The pages have no script, and this one style. */
export const problemPagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`

/** What `type` of a problem leads to; undefined for a code that there is not. */
export function problemPage(code: string): string | undefined {
  const found = problemOf(code)
  if (!found) return undefined
  return page(
    `${code}: ${found.title}`,
    `<p><a href="../errors">All errors</a></p>
<h1>${safe(found.title)}</h1>
<p><code>${safe(code)}</code></p>
<p>${safe(found.meaning)}</p>
<h2>What to do</h2>
<p>${safe(found.remedy)}</p>`,
  )
}

export function problemIndexPage(): string {
  const lists = topics.map(
    ({ name, about, entries }) => `<h2>${safe(name)}</h2>
<p>${safe(about)}</p>
<ul>${Object.entries(entries)
      .map(([code, { title }]) => `<li><a href="errors/${code}"><code>${code}</code></a> ${safe(title)}</li>`)
      .join('\n')}</ul>`,
  )
  return page('Errors', `<h1>Errors</h1>\n${lists.join('\n')}`)
}

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${safe(title)} · TDS</title><style>${style}</style></head>
<body>${body}</body></html>
`

const safe = (text: string): string => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`)
