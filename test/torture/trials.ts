import { crash } from './crash.ts'
import { flood } from './flood.ts'
import { fuzz } from './fuzz.ts'
import { randomHistories } from './histories-trial.ts'
import { instances } from './instances.ts'
import { network } from './network/network.ts'
import { points } from './points.ts'
import { postgres } from './postgres/trial.ts'
import { soak } from './soak.ts'
import type { Trial } from './trial.ts'

/** In the order they are run: what is most likely to find something first. */
export const trials: readonly Trial[] = [
  randomHistories,
  points,
  crash,
  instances,
  postgres,
  network,
  fuzz,
  flood,
  soak,
]
