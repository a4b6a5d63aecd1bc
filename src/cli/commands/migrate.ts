import { migrate as applyMigrations, schemaDifferences } from '../../../db/index.ts'
import { defineCommand, usageError } from '../command.ts'
import { withContext } from '../session.ts'

export const migrate = defineCommand({
  name: 'migrate',
  summary: 'bring the database to this version and check it',
  usage: '',
  options: {},
  async run({ positionals: [word], ...terminal }) {
    if (word !== undefined) throw usageError(`migrate does not know ${word}; it takes no words`)
    return withContext(terminal, { kind: 'bare' }, async ({ database }) => {
      const { out } = terminal
      const applied = await applyMigrations(database.db, { log: (name) => out.line(`applied ${name}`) })
      const differences = await schemaDifferences(database.db)
      if (applied.length === 0) out.line('The database was up to date.')
      for (const difference of differences) out.line(`differs: ${difference}`)
      out.document({ applied, differences })
      return differences.length === 0 ? 0 : 1
    })
  },
})
