import t from 'tap'
import { processes } from './rows-processes.ts'
import { play, startWorld } from './world.ts'

const world = await startWorld(t, {
  async prepare(_db, simulator) {
    simulator.control.faults.set({ kind: 'hold', purpose: 'items list' })
  },
})
await play(t, world, processes)
