import { commands, defineCommand, runCli } from './cli/index.ts'
import { processEnvironment } from './config.ts'
import { renderContract } from './openapi.ts'
import { serve } from './serve.ts'

const openapi = defineCommand({
  name: 'openapi',
  summary: 'the contract of the HTTP API, as YAML',
  usage: '',
  options: {},
  async run({ out }) {
    const contract = await renderContract()
    out.line(contract.trimEnd())
    out.document({ contract })
    return 0
  },
})

/** `npm start` and `npm run tds -- <command>`: the only entry. */
async function main(): Promise<void> {
  const stop = new AbortController()
  const [name] = process.argv.slice(2)
  if (name !== serve.name) stopOnSignal(stop)
  process.exitCode = await runCli({
    argv: process.argv.slice(2),
    commands: [serve, ...commands, openapi],
    env: processEnvironment(),
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    signal: stop.signal,
  })
}

/** The first signal lets a command end in order, the second ends it at once. `serve` looks after itself. */
function stopOnSignal(stop: AbortController): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(130)
      process.stderr.write('\nStopping; once more to stop at once.\n')
      stop.abort()
    })
  }
}

await main()
