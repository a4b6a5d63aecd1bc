import { writeFile } from 'node:fs/promises'
import { renderContract } from './contract.ts'

/** `npm run openapi`: writes openapi.yaml from the routes. */
await writeFile(new URL('../../openapi.yaml', import.meta.url), await renderContract())
