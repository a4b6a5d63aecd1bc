import type { Environment } from '../config.ts'
import { nearest } from '../config.ts'
import { errorCode, errorMessage, TdsError } from '../errors.ts'
import { type Command, usageError } from './command.ts'
import { createHelp } from './commands/help.ts'
import { createOutput, type TextInput, type TextStream } from './output.ts'
import { overview, usageOf } from './usage.ts'

export interface CliOptions {
  readonly argv: readonly string[]
  readonly commands: readonly Command[]
  readonly env: Environment
  readonly stdout: TextStream
  readonly stderr: TextStream
  readonly stdin?: TextInput
  readonly signal: AbortSignal
}

/** One command, from its words to its exit code: 0 done, 1 failed, 2 wrong use. Never throws. */
export async function runCli({ argv, stdout, stderr, stdin, env, signal, ...options }: CliOptions): Promise<number> {
  const commands = [...options.commands]
  commands.push(createHelp(() => commands))
  const [name, ...rest] = argv
  const command = commands.find((each) => each.name === name)
  const wantsJson = argv.includes('--json')
  if (!command) {
    if (name === '--help' || name === '-h') return print(stdout, overview(commands), 0)
    const known = nearest(
      name ?? '',
      commands.map((each) => each.name),
    )
    const words =
      name === undefined ? 'Which command?' : `There is no command ${name}${known ? `; did you mean ${known}?` : ''}`
    createOutput(stdout, stderr, wantsJson).document(toDocument(usageError(words)))
    return print(stderr, [words, '', ...overview(commands)], 2)
  }
  try {
    const { json, help, run } = command.parse(rest)
    if (help) return print(stdout, usageOf(command), 0)
    return await run({ env, signal, out: createOutput(stdout, stderr, json), ...(stdin && { stdin }) })
  } catch (error) {
    createOutput(stdout, stderr, wantsJson).document(toDocument(error))
    const isUsage = errorCode(error) === 'USAGE'
    return print(stderr, [errorMessage(error), ...(isUsage ? ['', ...usageOf(command)] : [])], exitCodeOf(error))
  }
}

const toDocument = (error: unknown) => ({ error: { code: errorCode(error), message: errorMessage(error) } })

/** A conflict (409) is the state of things, not a wrong word. */
function exitCodeOf(error: unknown): number {
  return error instanceof TdsError && error.kind === 'input' && error.status !== 409 ? 2 : 1
}

function print(stream: TextStream, lines: readonly string[], code: number): number {
  stream.write(`${lines.join('\n')}\n`)
  return code
}
