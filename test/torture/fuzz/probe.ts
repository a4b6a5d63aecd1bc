/** Loaded into the service under fire before anything of it: says on request how much of its memory is in use. */
process.on('message', () => {
  globalThis.gc?.()
  globalThis.gc?.()
  process.send?.(process.memoryUsage().heapUsed)
})
process.channel?.unref()
