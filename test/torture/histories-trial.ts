import { checkInLanes } from './lanes.ts'
import { pick, type Trial } from './trial.ts'

/** Random histories against a Zoho of their own. A failure names its seed and path, by which `--histories` finds it again. */
export const randomHistories: Trial = {
  name: 'histories',
  about: 'random edits, deletions, lost, doubled and late webhooks, polls racing them, deaths; then one cycle',
  async run({ seed, scale, server, print }) {
    const histories = pick(scale, { short: 5, normal: 250, full: 1000 })
    const onFailure = (lines: readonly string[]) => lines.forEach(print)
    const { failed, lines, tried } = await checkInLanes(server, {
      seed,
      histories,
      lanes: 8,
      shrinkMs: 60_000,
      onFailure,
    })
    if (failed) throw new Error(lines.join('\n'))
    const { changes, delivered, held, deaths } = tried
    return { histories, changes, 'webhooks delivered': delivered, 'changes within a read': held, deaths }
  },
}
