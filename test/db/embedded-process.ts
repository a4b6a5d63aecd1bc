import { once } from 'node:events'
import { startEmbedded } from '../../db/index.ts'

/** Starts or adopts the cluster in the given folder, says so in one line of JSON, and stops it when its input ends. */
const [dataDir = ''] = process.argv.slice(2)
const said: string[] = []
const server = await startEmbedded({ dataDir, fast: true, log: (line) => said.push(line) })
const { connectionString, port, adopted, folder } = server
console.log(JSON.stringify({ connectionString, port, adopted, folder, said }))
await once(process.stdin.resume(), 'end')
await server.stop()
