import { crash } from './crash.ts'
import { randomHistories } from './histories-trial.ts'
import { instances } from './instances.ts'
import { points } from './points.ts'
import type { Trial } from './trial.ts'

/** In the order they are run: what is most likely to find something first. */
export const trials: readonly Trial[] = [randomHistories, points, crash, instances]
