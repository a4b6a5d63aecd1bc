import { parseArgs } from 'node:util'
import { createSimulator } from './simulator.ts'

const usage = 'npm run simulator -- [--port N] [--seed N] [--items N] [--real-limits] [--warehouses]'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8090' },
    seed: { type: 'string', default: '1' },
    items: { type: 'string' },
    'real-limits': { type: 'boolean', default: false },
    warehouses: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(usage)
else await serve()

async function serve(): Promise<void> {
  const simulator = await createSimulator({
    port: Number(values.port),
    seed: Number(values.seed),
    ...(values.items === undefined ? {} : { items: Number(values.items) }),
    limits: values['real-limits'] ? 'real' : 'relaxed',
    places: values.warehouses ? 'warehouses' : 'locations',
  })
  console.log(`Zoho simulator on ${simulator.url}`)
  console.log(`  ZOHO_API_URL=${simulator.apiUrl} ZOHO_ACCOUNTS_URL=${simulator.accountsUrl}`)
  console.log(`  control  ${simulator.url}/control/summary (routes in test/simulator/README.md)`)
  const stop = () => void simulator.close()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}
