import { writeFile } from 'node:fs/promises'
import { topics } from './catalogue.ts'

/** `npm run error-docs` */
if (import.meta.main) await writeFile(new URL('../../docs/errors.md', import.meta.url), renderErrorDocs())

/** The text of docs/errors.md. */
export function renderErrorDocs(): string {
  return [
    '<!-- written by "npm run error-docs" from src/problems/catalogue -->',
    '# Errors',
    '',
    'Every answer that is no success is an RFC 9457 problem document. `code` is stable: decide by it, never by the words. `type` is the address of',
    "the code's page (`/docs/errors/<code>`), absolute where `TDS_PUBLIC_URL` is set; `instance` names the request as the log does; `hint` says what to do",
    'next; `retryAfterSeconds` comes with the header `Retry-After`; `errors` points into the request.',
    '',
    ...topics.flatMap(({ name, about, entries }) => [
      `## ${name}`,
      '',
      about,
      '',
      ...Object.entries(entries).flatMap(([code, { title, meaning, remedy }]) => [
        `### ${code}`,
        '',
        `**${title}.** ${meaning}`,
        '',
        `*What to do:* ${remedy}`,
        '',
      ]),
    ]),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')
}
