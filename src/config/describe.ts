import { type Setting, settings } from './settings.ts'

export interface DescribedSetting {
  readonly name: string
  /** What is in effect; `set` or `unset` for secrets, null where nothing is. */
  readonly value: string | null
  readonly origin: 'environment' | 'file' | 'default' | null
}

/** Every setting as it is in effect, in the order of the table. Secrets are not shown. */
export function describeSettings(env: Readonly<Record<string, string | undefined>>): readonly DescribedSetting[] {
  return Object.entries(settings).map(([name, setting]) => describe(name, setting, env[name], env[`${name}_FILE`]))
}

function describe(
  name: string,
  { schema, secret }: Setting,
  direct: string | undefined,
  file: string | undefined,
): DescribedSetting {
  const fallback = schema.safeParse(undefined).data
  const origin = direct ? 'environment' : file ? 'file' : fallback === undefined ? null : 'default'
  if (secret) return { name, value: origin === null ? 'unset' : 'set', origin }
  if (direct) return { name, value: direct, origin }
  // The content of a file may be anything; its path is what the operator can check.
  return { name, value: file || (fallback === undefined ? null : String(fallback)), origin }
}
