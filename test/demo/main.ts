import { processEnvironment } from '../../src/config.ts'
import { errorMessage } from '../../src/errors.ts'
import { runDemo } from './demo.ts'
import { readOptions, usage } from './options.ts'

/** `npm run demo`: a whole TDS with a simulated Zoho, on this machine alone. */
async function main(): Promise<void> {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(130)
      console.log('\nStopping; once more to stop at once.')
      stop.abort()
    })
  }
  try {
    const options = readOptions(process.argv.slice(2))
    if (options) process.exitCode = await runDemo(options, processEnvironment(), stop.signal)
    else console.log(usage)
  } catch (error) {
    console.error(errorMessage(error))
    process.exitCode = 1
  }
}

await main()
