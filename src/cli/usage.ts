import { type Command, commonOptions, type Options } from './command.ts'

const lead = 'npm run tds --'

/** The overview: every command in one line. */
export function overview(commands: readonly Command[]): string[] {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return [
    `Usage: ${lead} <command> [arguments] [--json]`,
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    `${lead} help <command> says more; --json anywhere gives one JSON document on stdout.`,
    'Exit codes: 0 done, 1 failed or something is wrong, 2 wrong use; 130 when Ctrl-C ended it twice.',
  ]
}

export function usageOf({ name, summary, usage, about, options }: Command): string[] {
  return [
    `Usage: ${`${lead} ${name} ${usage}`.trimEnd()}`,
    '',
    summary,
    ...(about ? ['', ...about.split('\n')] : []),
    '',
    ...optionLines({ ...options, ...commonOptions }),
  ]
}

function optionLines(options: Options): string[] {
  const names = Object.entries(options).map(([name, option]) => ({
    left: `--${name}${option.type === 'string' ? ` <${option.value ?? 'text'}>` : ''}${option.short ? `, -${option.short}` : ''}`,
    about: option.about,
  }))
  const width = Math.max(...names.map(({ left }) => left.length))
  return names.map(({ left, about }) => `  ${left.padEnd(width)}  ${about}`)
}
