import { nearest } from '../../config.ts'
import { type Command, defineCommand, usageError } from '../command.ts'
import { overview, usageOf } from '../usage.ts'

export const createHelp = (commands: () => readonly Command[]): Command =>
  defineCommand({
    name: 'help',
    summary: 'this list, or what one command does',
    usage: '[command]',
    options: {},
    async run({ positionals: [name], out }) {
      const command = commands().find((each) => each.name === name)
      if (name !== undefined && !command) {
        const known = nearest(
          name,
          commands().map((each) => each.name),
        )
        throw usageError(`There is no command ${name}${known ? `; did you mean ${known}?` : ''}`)
      }
      for (const line of command ? usageOf(command) : overview(commands())) out.line(line)
      out.document(command ? describe(command) : { commands: commands().map(describe) })
      return 0
    },
  })

const describe = ({ name, summary, usage, options }: Command) => ({ name, summary, usage, options })
