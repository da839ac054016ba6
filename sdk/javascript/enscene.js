// A client of an Enscene bank for browsers and node >= 20. No dependency: fetch and WebCrypto.

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const EARLY_MS = 30_000
const WEBHOOK_TOLERANCE_S = 300
const ES256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const encoder = new TextEncoder()

/** The bank's refusal (RFC 9457). Decide by `code`; `detail` and `hint` are for people. */
export class Problem extends Error {
  constructor(status, told) {
    super([told.code, told.detail, told.hint].filter(Boolean).join(': '))
    this.name = 'Problem'
    this.status = status
    this.code = told.code ?? 'unknown'
    this.detail = told.detail ?? ''
    this.param = told.param ?? null
    this.hint = told.hint ?? null
    this.facts = told.facts ?? {}
    this.requestId = told.request_id ?? null
    this.key = null
  }

  get mayPass() {
    return [429, 500, 502, 503, 504].includes(this.status) || this.code === 'idempotency.in_progress'
  }
}

/** No answer: it may have been done or not. Ask again with the same `key`. */
export class Unreachable extends Error {
  constructor(cause) {
    super(`no answer: ${cause?.message ?? cause}`, { cause })
    this.name = 'Unreachable'
    this.key = null
  }

  get mayPass() {
    return true
  }
}

/** What answered is not the bank's JSON: it may have been done or not. Ask again with the same `key`. */
export class Unreadable extends Unreachable {
  constructor(message, cause) {
    super(cause)
    this.name = 'Unreadable'
    this.message = message
  }
}

export class BadSignature extends Error {
  constructor(message) {
    super(message)
    this.name = 'BadSignature'
  }
}

/** base64url without padding. */
export function b64(bytes) {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)))
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function unb64(text) {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
}

/** A fresh random text. */
export function randomText(bytes = 18) {
  return b64(crypto.getRandomValues(new Uint8Array(bytes)))
}

async function sha256(text) {
  return b64(await crypto.subtle.digest('SHA-256', encoder.encode(text)))
}

/** A key that cannot be read out, for DPoP; it may be kept in IndexedDB. */
export async function generateHolder() {
  return crypto.subtle.generateKey(ES256, false, ['sign', 'verify'])
}

/** A private JWK (P-256) of an application, for a server that holds its key. */
export async function importKey(jwk) {
  const { kty, crv, x, y, d } = jwk
  return crypto.subtle.importKey('jwk', { kty, crv, x, y, d }, ES256, false, ['sign'])
}

async function jwt(key, header, claims) {
  const parts = [{ alg: 'ES256', ...header }, claims]
  const message = parts.map((part) => b64(encoder.encode(JSON.stringify(part)))).join('.')
  return `${message}.${b64(await crypto.subtle.sign(ES256, key, encoder.encode(message)))}`
}

/** Who asks for a token (private_key_jwt); good once, for a minute. */
export async function assertion(key, kid, clientId, audience) {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { iss: clientId, sub: clientId, aud: audience, iat, exp: iat + 60, jti: randomText() }
  return jwt(key, { kid }, claims)
}

const DEFAULTS = { tries: 6, firstMs: 500, mostMs: 30_000, patienceMs: 120_000 }
const pause = (ms) => new Promise((done) => { setTimeout(done, ms) })

async function untilAnswered(policy, key, once) {
  let waited = 0
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await once()
    } catch (error) {
      if (error instanceof Problem || error instanceof Unreachable) error.key = key
      const longest = Math.min(policy.mostMs, policy.firstMs * 2 ** attempt)
      const wait = Math.max(longest * (0.5 + Math.random() / 2), (error.retryAfterS ?? 0) * 1000)
      waited += wait
      if (!error.mayPass || attempt + 1 >= policy.tries || waited > policy.patienceMs) throw error
      await policy.sleep(wait)
    }
  }
}

async function bytesOf(answer) {
  try {
    return new Uint8Array(await answer.arrayBuffer())
  } catch (error) {
    throw new Unreachable(error)
  }
}

async function jsonOf(answer) {
  const text = new TextDecoder().decode(await bytesOf(answer))
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Unreadable(`the answer is no whole JSON: ${error.message}`, error)
  }
}

async function bodyOf(method, answer) {
  const kind = (answer.headers.get('content-type') ?? '').split(';')[0].trim().toLowerCase()
  if (kind === 'application/json' || kind.endsWith('+json')) return jsonOf(answer)
  // Files are read. That something was done is never told by one: that is a proxy's page.
  if (method !== 'GET') throw new Unreadable(`the answer is ${kind || 'of no kind'} where the bank says JSON`)
  const bytes = await bytesOf(answer)
  return kind.startsWith('text/') ? new TextDecoder().decode(bytes) : bytes
}

async function problemOf(answer) {
  const text = await answer.text()
  let told
  try {
    told = JSON.parse(text)
  } catch {
    told = { code: `http.${answer.status}`, detail: "the answer is not the bank's" }
  }
  if (told.error !== undefined && told.code === undefined) {
    told = { code: told.error, detail: told.error_description }
  }
  const problem = new Problem(answer.status, told)
  const after = answer.headers.get('retry-after') ?? ''
  problem.retryAfterS = /^\d+$/.test(after) ? Number(after) : null
  return problem
}

/**
 * The client of one bank, for one application.
 *
 * `assert(audience)` gives a client assertion, where the application's key is held here. A browser
 * holds none: there `base` is the application's own server, which adds the assertion on the way.
 * `holder` is the key pair that tokens are bound to. `issuer` is what the bank calls itself, where
 * it is reached at another address.
 */
export class Client {
  #tokens
  #nonce = null

  constructor({ base, clientId, assert = null, holder = null, issuer = base, policy = {}, fetch: send = null }) {
    this.base = base.replace(/\/$/, '')
    this.issuer = issuer.replace(/\/$/, '')
    this.clientId = clientId
    this.holder = holder
    this.assert = assert
    this.policy = { ...DEFAULTS, sleep: pause, ...policy }
    this.send = send ?? ((url, given) => fetch(url, given))
    this.#tokens = { access: '', ends: 0, refresh: null, details: [], waiting: null }
  }

  /** Do an action once, however often it has to be asked for; `key` is its Idempotency-Key. */
  async act(scene, action, body, { key = crypto.randomUUID(), party, role } = {}) {
    return this.call('POST', `/v1/${part(scene)}/actions/${part(action)}`, body, { key, party, role })
  }

  /** Ask a query of a scene. */
  async ask(scene, query, body = {}, { party } = {}) {
    return this.call('POST', `/v1/${part(scene)}/queries/${part(query)}`, body, { party })
  }

  /** What the shelf has for a customer: `eligible`, best first, and `refused` with reasons. */
  async quote(scene, wish = {}, { party } = {}) {
    return this.call('POST', `/v1/${part(scene)}/quotes`, wish, { party })
  }

  /** One reading; where it is a file and no JSON, `body` is a text (text/…) or a Uint8Array. */
  async get(path, { party, ...query } = {}) {
    const asked = new URLSearchParams(query).toString()
    return this.call('GET', asked ? `${path}?${asked}` : path, undefined, { party })
  }

  /** Things of a scene, newest first, page after page. */
  async* things(scene, kind, given = {}) {
    const asked = { ...given }
    for (;;) {
      const { body } = await this.get(`/v1/${part(scene)}/things/${part(kind)}`, asked)
      yield* body.data
      if (!body.has_more) return
      asked.cursor = body.next
    }
  }

  /** Any request below /v1; one that writes needs a `key`. */
  async call(method, path, body, { key = null, party, role } = {}) {
    const headers = { accept: 'application/json, application/problem+json, */*;q=0.5' }
    if (key !== null) headers['idempotency-key'] = key
    if (party !== undefined) headers['acting-party'] = party
    if (role !== undefined) headers['acting-role'] = role
    const content = body === undefined ? undefined : JSON.stringify(body)
    if (content !== undefined) headers['content-type'] = 'application/json'
    return untilAnswered(this.policy, key, () => this.#once(method, path, headers, content, key))
  }

  /** Push a request for a customer's consent. Send the browser to `url`; keep all of it in its session. */
  async askCustomer({ redirectUri, scope, details }) {
    const verifier = randomText(32)
    const asked = { redirectUri, verifier, state: randomText(32) }
    const form = {
      response_type: 'code', client_id: this.clientId, redirect_uri: redirectUri, scope,
      state: asked.state, code_challenge: await sha256(verifier), code_challenge_method: 'S256',
    }
    if (details !== undefined) form.authorization_details = JSON.stringify([details])
    const told = await untilAnswered(this.policy, null, () => this.#form('/oauth/par', form))
    const who = new URLSearchParams({ client_id: this.clientId, request_uri: told.request_uri })
    return { ...asked, url: `${this.issuer}/oauth/authorize?${who}` }
  }

  /** From now on act for the customer, by the address that the browser came back to. */
  async becomeCustomer(asked, back) {
    const told = new URL(back)
    const given = told.searchParams
    const same = `${told.origin}${told.pathname}` === asked.redirectUri
    if (!same || given.get('state') !== asked.state || given.get('iss') !== this.issuer) {
      throw new Problem(400, { code: 'bad_return', detail: 'this is not the answer to what was asked' })
    }
    if (given.has('error')) throw new Problem(403, { code: given.get('error') })
    this.#take(await this.#form('/oauth/token', {
      grant_type: 'authorization_code', redirect_uri: asked.redirectUri,
      code: given.get('code'), code_verifier: asked.verifier,
    }))
  }

  /** Which customer the consent is of; null where the client acts for itself. */
  get customerRef() {
    return this.#tokens.details[0]?.party ?? null
  }

  async #once(method, path, headers, content, key) {
    let token = await this.#access()
    let answer = await this.#sent(method, path, headers, content, token)
    if (answer.status === 401) {
      const renewed = this.#takeNonce(answer)
      const problem = await problemOf(answer)
      const over = ['auth.token', 'auth.expired'].includes(problem.code)
      if (over && this.#tokens.access === token) this.#tokens.ends = 0
      if (!over && !renewed) throw problem
      token = await this.#access()
      answer = await this.#sent(method, path, headers, content, token)
    }
    if (!answer.ok) throw await problemOf(answer)
    const replayed = answer.headers.get('idempotency-replayed') === 'true'
    const body = await bodyOf(method, answer)
    const { headers: told } = answer
    return { body, key, replayed, requestId: told.get('x-request-id'), contentType: told.get('content-type') }
  }

  async #sent(method, path, headers, content, token) {
    const told = { ...headers, authorization: `${this.holder ? 'DPoP' : 'Bearer'} ${token}` }
    if (this.holder) told.dpop = await this.#proof(method, path.split('?')[0], token)
    return this.#fetched(path, { method, headers: told, body: content })
  }

  async #fetched(path, given) {
    try {
      return await this.send(this.base + path, { ...given, redirect: 'error', cache: 'no-store' })
    } catch (error) {
      throw new Unreachable(error)
    }
  }

  async #proof(method, path, token) {
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', this.holder.publicKey)
    const claims = {
      jti: randomText(), htm: method, htu: this.issuer + path, iat: Math.floor(Date.now() / 1000),
    }
    if (token !== undefined) claims.ath = await sha256(token)
    if (this.#nonce !== null) claims.nonce = this.#nonce
    return jwt(this.holder.privateKey, { typ: 'dpop+jwt', jwk: { kty, crv, x, y } }, claims)
  }

  #takeNonce(answer) {
    const told = answer.headers.get('dpop-nonce')
    if (!this.holder || told === null || told === this.#nonce) return false
    this.#nonce = told
    return true
  }

  async #form(path, form) {
    const post = async () => {
      const who = this.assert
        ? { client_assertion_type: TYPE, client_assertion: await this.assert(this.issuer) } : {}
      const headers = this.holder ? { dpop: await this.#proof('POST', path) } : {}
      return this.#fetched(path, { method: 'POST', headers, body: new URLSearchParams({ ...form, ...who }) })
    }
    let answer = await post()
    if (!answer.ok && this.#takeNonce(answer)) answer = await post()
    if (!answer.ok) throw await problemOf(answer)
    return jsonOf(answer)
  }

  async #access() {
    const tokens = this.#tokens
    if (Date.now() < tokens.ends) return tokens.access
    // Who asks meanwhile waits for the same: a refresh token that comes twice withdraws all of it.
    tokens.waiting ??= this.#renewed().finally(() => { tokens.waiting = null })
    await tokens.waiting
    return tokens.access
  }

  async #renewed() {
    const { refresh } = this.#tokens
    if (refresh) {
      this.#take(await this.#form('/oauth/token', { grant_type: 'refresh_token', refresh_token: refresh }))
    } else {
      const form = { grant_type: 'client_credentials' }
      this.#take(await untilAnswered(this.policy, null, () => this.#form('/oauth/token', form)))
    }
  }

  #take(told) {
    const tokens = this.#tokens
    tokens.access = told.access_token
    const life = told.expires_in * 1000
    tokens.ends = Date.now() + life - Math.min(EARLY_MS, life / 4)
    tokens.refresh = told.refresh_token ?? tokens.refresh
    tokens.details = told.authorization_details ?? tokens.details
  }
}

/**
 * The webhook-id of a genuine notice, to tell what came twice (Standard Webhooks 1.0).
 * `secret` is `whsec_…` (v1) or `whpk_…` (v1a), `headers` have small names, `body` is the raw body.
 */
export async function verifyWebhook(secret, headers, body, now = Date.now() / 1000) {
  const id = headers['webhook-id']
  const at = headers['webhook-timestamp'] ?? ''
  if (!id || !/^\d{1,12}$/.test(at)) throw new BadSignature('webhook-id and webhook-timestamp are not both there')
  if (Math.abs(now - Number(at)) > WEBHOOK_TOLERANCE_S) throw new BadSignature('the message is too old')
  const [kind, text] = [secret.slice(0, secret.indexOf('_')), secret.slice(secret.indexOf('_') + 1)]
  if (kind !== 'whsec' && kind !== 'whpk') throw new TypeError('a secret begins with whsec_ or whpk_')
  const shared = kind === 'whsec'
  const algorithm = shared ? { name: 'HMAC', hash: 'SHA-256' } : { name: 'Ed25519' }
  const key = await crypto.subtle.importKey('raw', unb64(text), algorithm, false, ['verify'])
  const raw = typeof body === 'string' ? encoder.encode(body) : new Uint8Array(body)
  const before = encoder.encode(`${id}.${at}.`)
  const content = new Uint8Array(before.length + raw.length)
  content.set(before)
  content.set(raw, before.length)
  for (const signature of (headers['webhook-signature'] ?? '').split(' ')) {
    const [scheme, given = ''] = signature.split(',')
    if (scheme === (shared ? 'v1' : 'v1a') && /^[A-Za-z0-9+/]+=*$/.test(given)) {
      if (await crypto.subtle.verify(algorithm, key, unb64(given), content)) return id
    }
  }
  throw new BadSignature('no signature is by a key that is known')
}

function part(name) {
  return encodeURIComponent(name)
}
