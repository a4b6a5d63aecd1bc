import type { Field } from '../field.ts'

/** A column that every living record has alike, whatever its document says; only a tombstone sets it otherwise. */
export const constant = (value: boolean): Field => ({ type: 'boolean', take: () => value, read: () => value })
