import type { IncomingMessage, ServerResponse } from 'node:http'
import { ZodError } from 'zod'
import { readBody } from '../http/read.ts'
import type { Zoho } from '../http/zoho.ts'
import { type Json, parseJson } from '../json.ts'
import { UnknownRecord } from '../organisation.ts'
import type { Control } from './control.ts'
import { type ControlRoute, controlRoutes } from './route-table.ts'

/** The control API over HTTP, JSON in and out, under /control/. */
export function createControlRoutes(control: Control): Zoho {
  return async (request, response, url) => {
    const found = findRoute(request.method ?? 'GET', url.pathname.slice('/control/'.length).split('/'))
    if (!found) return write(response, 404, { error: `no such control route: ${request.method} ${url.pathname}` })
    try {
      const body = await bodyOf(request)
      const reply = await found.route.run(control, { ...found, query: url.searchParams, body })
      write(response, 200, reply ?? { done: true })
    } catch (error) {
      write(response, statusOf(error), { error: error instanceof Error ? error.message : String(error) })
    }
  }
}

function findRoute(method: string, segments: string[]): { route: ControlRoute; names: string[] } | undefined {
  for (const route of controlRoutes) {
    const pattern = route.path.split('/')
    if (route.method !== method || pattern.length !== segments.length) continue
    if (!pattern.every((part, index) => part === '*' || part === segments[index])) continue
    const names = segments.filter((_segment, index) => pattern[index] === '*').map(decodeURIComponent)
    return { route, names }
  }
  return undefined
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const text = await readBody(request)
  return text === '' ? {} : parseJson(text)
}

function statusOf(error: unknown): number {
  if (error instanceof UnknownRecord) return 404
  return error instanceof ZodError || error instanceof SyntaxError ? 400 : 500
}

function write(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8' })
  response.end(JSON.stringify(body))
}
