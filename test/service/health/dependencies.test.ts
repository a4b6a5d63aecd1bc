import t from 'tap'
import { dependencies } from './rows-dependencies.ts'
import { play, startWorld } from './world.ts'

const world = await startWorld(t)
await play(t, world, dependencies)
