import t from 'tap'
import { sharedServer } from '../helpers/database.ts'
import { postgres } from './postgres/trial.ts'

t.test(`${postgres.name}: ${postgres.about}`, { timeout: 280_000 }, async (t) => {
  const figures = await postgres.run({
    seed: 20_251_005,
    scale: 'short',
    server: await sharedServer(),
    signal: new AbortController().signal,
    print: (line) => t.comment(line),
  })
  t.comment(JSON.stringify(figures))
  for (const what of ['blows', 'replies 200', 'files damaged', 'looks at health'])
    t.ok((figures[what] ?? 0) > 0, `${figures[what]} ${what}`)
})
