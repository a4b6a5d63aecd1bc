import { commands, runCli } from './cli/index.ts'
import { processEnvironment } from './config.ts'
import { serve } from './serve.ts'

/** `npm start` and `npm run tds -- <command>`: the only entry. */
async function main(): Promise<void> {
  const stop = new AbortController()
  const [name] = process.argv.slice(2)
  if (name !== serve.name) stopOnSignal(stop)
  process.exitCode = await runCli({
    argv: process.argv.slice(2),
    commands: [serve, ...commands],
    env: processEnvironment(),
    stdout: process.stdout,
    stderr: process.stderr,
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
