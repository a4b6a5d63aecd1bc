import t from 'tap'
import { reasonCatalogue } from '../../../src/monitor/index.ts'
import { checkNames } from '../../../src/monitor/reason-catalogue.ts'
import { dependencies } from './rows-dependencies.ts'
import { flows } from './rows-flows.ts'
import { processes } from './rows-processes.ts'

const rows = [...dependencies, ...flows, ...processes]

t.test('every reason that health can give is broken and mended once at least', async (t) => {
  const played = new Set(rows.map(({ code }) => code))
  t.strictSame(
    Object.keys(reasonCatalogue).filter((code) => !played.has(code as keyof typeof reasonCatalogue)),
    [],
  )
})

t.test('every row says what the catalogue says, and every check has a reason', async (t) => {
  for (const { code, check, severity } of rows) {
    t.equal(reasonCatalogue[code].check, check, code)
    if (severity === 'unhealthy') t.equal(reasonCatalogue[code].worst, 'unhealthy', code)
  }
  const used = new Set<string>(Object.values(reasonCatalogue).map(({ check }) => check))
  t.strictSame(
    checkNames.filter((name) => !used.has(name)),
    [],
  )
})
