import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { Environment } from '../config.ts'
import { nearest } from '../config.ts'
import { TdsError } from '../errors.ts'
import type { Output, TextInput } from './output.ts'

export interface Option {
  readonly type: 'boolean' | 'string'
  readonly short?: string
  readonly multiple?: boolean
  /** What it means, for the help. */
  readonly about: string
  /** Name of the value in the help. */
  readonly value?: string
}
export type Options = Readonly<Record<string, Option>>

type Single<O extends Option> = O['type'] extends 'boolean' ? boolean : string
type Values<O extends Options> = {
  readonly [K in keyof O]?: O[K]['multiple'] extends true ? readonly Single<O[K]>[] : Single<O[K]>
}

/** What a command may touch: its words, its answer and the end of the user's patience. */
export interface Terminal {
  readonly env: Environment
  readonly out: Output
  /** How long a command that works waits for its database, in milliseconds. */
  readonly waitMs: number
  /** Absent where nobody types. */
  readonly stdin?: TextInput
  /** Aborts when the user wants to stop (Ctrl-C). */
  readonly signal: AbortSignal
}

export interface Call<O extends Options> extends Terminal {
  readonly values: Values<O>
  readonly positionals: readonly string[]
}

export interface CommandSpec<O extends Options> {
  readonly name: string
  readonly summary: string
  /** Arguments after the name, and what more there is to say; lines. */
  readonly usage: string
  /** More about it, for its own help. */
  readonly about?: string
  readonly options: O
  /** The exit code: 0 done, 1 failed. Wrong arguments are thrown as usageError. */
  readonly run: (call: Call<O>) => Promise<number>
}

export interface Command extends Omit<CommandSpec<Options>, 'run'> {
  /** Reads the arguments. @throws TdsError `USAGE` */
  readonly parse: (argv: readonly string[]) => ParsedCommand
}

export interface ParsedCommand {
  readonly json: boolean
  readonly help: boolean
  readonly run: (terminal: Omit<Terminal, 'waitMs'>) => Promise<number>
}

/** Every command has these. */
export const commonOptions = {
  json: { type: 'boolean', about: 'one JSON document on stdout' },
  help: { type: 'boolean', short: 'h', about: 'what the command does' },
  wait: { type: 'string', value: 'seconds', about: 'how long to wait for a database that does not answer; 60' },
} as const satisfies Options

/** The caller's mistake: words and the command's usage on stderr, exit code 2. */
export const usageError = (message: string): TdsError => new TdsError('USAGE', 'input', message)

export function defineCommand<const O extends Options>(spec: CommandSpec<O>): Command {
  const options: Options = { ...spec.options, ...commonOptions }
  return {
    ...spec,
    parse(argv) {
      const { values, positionals } = readArguments(argv, options)
      const waitMs = milliseconds(values.wait)
      return {
        json: values.json === true,
        help: values.help === true,
        // parseArgs was given exactly these options, so the values have the shape that is derived from them.
        run: (terminal) => spec.run({ ...terminal, waitMs, values: values as Values<O>, positionals }),
      }
    },
  }
}

function milliseconds(seconds: unknown): number {
  const value = Number(seconds ?? 60)
  if (!(value > 0 && value <= 86_400)) throw usageError(`--wait wants seconds, not ${seconds}`)
  return value * 1000
}

function readArguments(argv: readonly string[], options: Options) {
  const config = { args: [...argv], options, allowPositionals: true } satisfies ParseArgsConfig
  const { tokens } = parseArgs({ ...config, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name in options) continue
    const known = nearest(token.name, Object.keys(options))
    throw usageError(`There is no option ${token.rawName}${known ? `; did you mean --${known}?` : ''}`)
  }
  try {
    return parseArgs(config)
  } catch (cause) {
    throw usageError(cause instanceof Error ? cause.message : String(cause))
  }
}
