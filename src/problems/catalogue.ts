import { control } from './catalogue/control.ts'
import type { Catalogue, Entry } from './catalogue/entry.ts'
import { requests } from './catalogue/requests.ts'
import { service } from './catalogue/service.ts'
import { things } from './catalogue/things.ts'
import { work } from './catalogue/work.ts'
import { zoho } from './catalogue/zoho.ts'

export type { Entry }

export interface Topic {
  readonly name: string
  readonly about: string
  readonly entries: Catalogue
}

/** Every code that reaches somebody, with what it means and what to do: the pages, the hints and docs/errors.md come from here. */
export const topics: readonly Topic[] = [
  { name: 'Requests and keys', about: 'The request itself has to change.', entries: requests },
  { name: 'Things', about: 'What was named is not there, or not in a state for this.', entries: things },
  { name: 'Control', about: 'What people may not do with runs, timetable and queue at the moment.', entries: control },
  { name: 'Service', about: 'The request is right; TDS or its database is not.', entries: service },
  { name: 'Work', about: 'Seen in dead letters, logs and commands.', entries: work },
  { name: 'Zoho', about: 'What Zoho said, or did not say.', entries: zoho },
]

const all: ReadonlyMap<string, Entry> = new Map(topics.flatMap(({ entries }) => Object.entries(entries)))

export const problemOf = (code: string): Entry | undefined => all.get(code)
