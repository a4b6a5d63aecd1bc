import { resources } from './entities/index.ts'
import type { Settings } from './options.ts'
import { createRandom } from './random.ts'
import type { World } from './resource.ts'
import { createStore } from './store.ts'
import { createOrganisationTime } from './time.ts'

/** A store filled from the seed, and a way to fill it again. Without a time, it is always the anchor. */
export function createWorld(
  settings: Settings,
  now: () => number = () => settings.anchorMs,
): { world: World; reseed: () => void } {
  const store = createStore(new Map(resources.flatMap(({ name, among }) => (among ? [[name, among]] : []))))
  let lastId = firstId
  let steps = createRandom(settings.seed, 'ids')
  let seeding = true
  const world: World = {
    settings,
    time: createOrganisationTime(settings.timeZone),
    store,
    random: (name) => createRandom(settings.seed, name),
    nextId() {
      // Zoho's ids have one prefix and small gaps: as JavaScript numbers, neighbours would be equal.
      lastId += BigInt(steps.integer(2, 40))
      return String(lastId)
    },
    now: () => (seeding ? settings.anchorMs : now()),
  }

  function reseed(): void {
    store.clear()
    lastId = firstId
    steps = createRandom(settings.seed, 'ids')
    seeding = true
    for (const resource of resources) for (const record of resource.seed(world)) store.put(resource.name, record)
    seeding = false
  }
  reseed()
  return { world, reseed }
}

const firstId = 4_873_910_000_000_100_000n
