import { absent, type Field } from '../field.ts'
import { customField } from './custom-field.ts'

/** A list row shows only some custom fields, so its silence is not an answer; a detail's is. */
type View = 'list' | 'detail'

/** The configured custom field; else the name itself (under the first of `keys`) where it is in Arabic script; else nothing. */
export function arabicName(view: View, ...keys: readonly string[]): Field['take'] {
  return (document, { nameArField }) => {
    const custom = customField(document, nameArField)
    if (typeof custom === 'string' && custom.trim() !== '') return custom
    if (view === 'list' && custom === absent) return absent
    const name = keys.map((key) => document[key]).find((value) => value !== undefined && value !== null)
    return isArabic(name) ? name : null
  }
}

/** The configured custom field and nothing else. */
export function arabicDescription(view: View): Field['take'] {
  return (document, { descriptionArField }) => {
    const custom = customField(document, descriptionArField)
    return view === 'detail' && custom === absent ? null : custom
  }
}

export const isArabic = (text: unknown): text is string => typeof text === 'string' && /\p{Script=Arabic}/u.test(text)
