import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Check, type Finding, ok, problem, warning } from '../types.ts'
import { size } from '../words.ts'

/** Where pictures and webhooks are kept: may we write there, and is there room? Nothing is written to find out. */
export const disk: Check = {
  name: 'disk',
  needs: 'nothing',
  anchor: 'disk',
  async look({ config }) {
    const folders = { 'image folder': config.images.dir, 'spool folder': config.spool.dir }
    return Promise.all(Object.entries(folders).map(([name, path]) => lookAt(name, path)))
  },
}

async function lookAt(name: string, path: string): Promise<Finding> {
  const entry = await stat(path).catch(() => undefined)
  if (entry && !entry.isDirectory()) return problem(`${name} ${path} is a file`, 'name a folder')
  const standing = entry ? path : await nearestFolder(path)
  const isOpen = await access(standing, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  const who = process.getuid?.() ?? 'this user'
  if (!isOpen)
    return problem(`${name} ${path}: user ${who} may not write in ${standing}`, `chown -R ${who} ${standing}`)
  const { bavail, blocks, bsize } = await statfs(standing)
  const percent = blocks === 0 ? 100 : (100 * bavail) / blocks
  const words = `${name} ${path}${entry ? '' : ' (made when it is needed)'}: ${size(bavail * bsize)} free, ${percent.toFixed(0)} %`
  const fix = 'make room elsewhere on this disk or enlarge it; do not delete the spool or the pictures'
  if (percent < 2) return problem(words, fix)
  return percent < 10 ? warning(words, fix) : ok(words)
}

async function nearestFolder(path: string): Promise<string> {
  const above = dirname(path)
  if (above === path) return path
  const entry = await stat(above).catch(() => undefined)
  return entry ? above : nearestFolder(above)
}
