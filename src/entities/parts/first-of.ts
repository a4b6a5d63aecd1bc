import { absent, type Field, type JsonObject } from '../field.ts'

/** The value of the first of these keys that has one; blank when those that are there are blank, absent when none is. */
export function firstOf(...keys: readonly string[]): Field['take'] {
  return (document: JsonObject) => {
    const shown = keys.filter((key) => key in document).map((key) => document[key])
    return shown.find(isSaid) ?? (shown.length > 0 ? null : absent)
  }
}

/** The same where a blank is no answer: lists write one for booleans that the detail knows. */
export function firstSaid(...keys: readonly string[]): Field['take'] {
  return (document: JsonObject) => keys.map((key) => document[key]).find(isSaid) ?? absent
}

const isSaid = (value: unknown): boolean => value !== undefined && value !== null && value !== ''
