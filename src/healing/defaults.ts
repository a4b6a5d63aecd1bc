import type { ActionName, Setting } from './types.ts'

interface Preset extends Setting {
  /** What it does, in one sentence. */
  readonly about: string
  /** Repaired by the room that notices it; the time between two looks is that room's. */
  readonly isInPlace?: true
}

const presets: Readonly<Record<ActionName, Preset>> = {
  'expired-leases': {
    about: 'Gives items back whose process is gone or whose lease ran out, so that another worker takes them.',
    isInPlace: true,
    enabled: true,
    every_seconds: 10,
    limit: 500,
    hourly_limit: 100_000,
  },
  'stuck-runs': {
    about: 'Goes on with sync runs whose process is gone, at the page they had reached.',
    isInPlace: true,
    enabled: true,
    every_seconds: 15,
    limit: 50,
    hourly_limit: 500,
  },
  'dead-letters-outage': {
    about: 'Has records read again that died of an outage, once the other side answers again.',
    enabled: true,
    every_seconds: 120,
    limit: 50,
    hourly_limit: 500,
  },
  'dead-letters-permission': {
    about: 'Has records read again that died for want of a permission, once such a call succeeds; one is tried first.',
    enabled: true,
    every_seconds: 300,
    limit: 50,
    hourly_limit: 500,
  },
  'dead-letters-parent': {
    about: 'Has records read again that died because what they refer to was not here, once it is.',
    enabled: true,
    every_seconds: 300,
    limit: 50,
    hourly_limit: 500,
  },
  token: {
    about: 'Asks for an access token again after Zoho refused our credentials, every quarter of an hour at most.',
    enabled: true,
    every_seconds: 300,
    limit: 1,
    hourly_limit: 4,
  },
  'missing-files': {
    about: 'Looks through the picture files, some at a time, and has missing or damaged ones fetched again.',
    enabled: true,
    every_seconds: 600,
    limit: 50,
    hourly_limit: 200,
  },
  'verify-gaps': {
    about: 'Has the records read again that the last verify found to differ from Zoho.',
    enabled: true,
    every_seconds: 600,
    limit: 100,
    hourly_limit: 500,
  },
}

export function defaultsOf(name: ActionName): Setting {
  const { enabled, every_seconds, limit, hourly_limit } = presets[name]
  return { enabled, every_seconds, limit, hourly_limit }
}

export const aboutOf = (name: ActionName): string => presets[name].about

export const isInPlace = (name: ActionName): boolean => presets[name].isInPlace === true
