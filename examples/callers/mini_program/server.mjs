// The mini-program's own server: its pages, and the way from them to the bank.
//
//     node server.mjs mini.json
//
// It holds the application's key and adds the assertion to what a page asks of the authorization
// server, for a customer's code alone: with it nobody can act as the application itself. The key
// that tokens are bound to is the browser's, and never comes here.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { assertion, importKey } from '../../../sdk/javascript/enscene.js'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const given = JSON.parse(await readFile(process.argv[2], 'utf8'))
const jwk = JSON.parse(await readFile(given.key, 'utf8'))
const key = await importKey(jwk)
const PAGES = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/back': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript'],
  '/shop.mjs': ['shop.mjs', 'text/javascript'],
  '/enscene.js': ['../../../sdk/javascript/enscene.js', 'text/javascript'],
}
const UP = ['accept', 'authorization', 'content-type', 'dpop', 'idempotency-key']
const DOWN = ['content-type', 'dpop-nonce', 'idempotency-replayed', 'retry-after', 'x-request-id']
const GRANTS = ['authorization_code', 'refresh_token']
const MOST = 1_000_000

async function bodyOf(request) {
  const parts = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > MOST) throw new Error('too large')
    parts.push(chunk)
  }
  return Buffer.concat(parts)
}

async function withAssertion(path, body) {
  const form = new URLSearchParams(body.toString())
  if (path === '/oauth/token' && !GRANTS.includes(form.get('grant_type'))) return null
  form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
  form.set('client_assertion', await assertion(key, jwk.kid, given.client_id, given.base))
  return form.toString()
}

async function relay(request, response) {
  const path = new URL(request.url, 'http://mini').pathname
  let body = ['GET', 'HEAD'].includes(request.method) ? undefined : await bodyOf(request)
  if (path.startsWith('/oauth/')) body = await withAssertion(path, body ?? Buffer.alloc(0))
  if (body === null) return response.writeHead(403).end()
  const headers = Object.fromEntries(UP.filter((name) => request.headers[name]).map((name) => [name, request.headers[name]]))
  const answer = await fetch(given.base + request.url, { method: request.method, headers, body, redirect: 'manual' })
  const told = Object.fromEntries(DOWN.filter((name) => answer.headers.has(name)).map((name) => [name, answer.headers.get(name)]))
  return response.writeHead(answer.status, told).end(Buffer.from(await answer.arrayBuffer()))
}

const server = createServer(async (request, response) => {
  try {
    const path = new URL(request.url, 'http://mini').pathname
    if (path === '/settings') {
      response.writeHead(200, { 'content-type': 'application/json' })
      return response.end(JSON.stringify({ issuer: given.base, clientId: given.client_id, scene: given.scene }))
    }
    if (path in PAGES) {
      const [file, type] = PAGES[path]
      response.writeHead(200, { 'content-type': type, 'content-security-policy': "default-src 'self'" })
      return response.end(await readFile(here(file)))
    }
    const known = path.startsWith('/v1/') || path === '/oauth/par' || path === '/oauth/token'
    return known ? await relay(request, response) : response.writeHead(404).end()
  } catch {
    return response.headersSent ? response.destroy() : response.writeHead(502).end()
  }
})
server.listen(given.port ?? 0, '127.0.0.1', () => {
  console.log(JSON.stringify({ mini: `http://127.0.0.1:${server.address().port}` }))
})
