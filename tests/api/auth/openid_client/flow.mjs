// A partner written with a certified relying-party library: discovery, a pushed request, PKCE, DPoP,
// private_key_jwt, a resource, refresh, introspection, revocation. The customer's part happens
// elsewhere: the address to open goes out by a line, the address that came back comes in by one.
import * as readline from 'node:readline/promises'
import * as client from 'openid-client'

const given = JSON.parse(process.env.GIVEN)
const lines = readline.createInterface({ input: process.stdin })
const say = (what, value) => console.log(JSON.stringify({ what, value }))

const key = await crypto.subtle.importKey(
  'jwk', given.key, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'],
)
const config = await client.discovery(
  new URL(given.issuer), given.client_id, { require_pushed_authorization_requests: true },
  client.PrivateKeyJwt({ key, kid: given.key.kid }),
  { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
)
const holder = await client.randomDPoPKeyPair('ES256')
const DPoP = client.getDPoPHandle(config, holder)
const verifier = client.randomPKCECodeVerifier()
const state = client.randomState()
const address = await client.buildAuthorizationUrlWithPAR(config, {
  redirect_uri: given.redirect_uri,
  scope: given.scope,
  authorization_details: JSON.stringify(given.details),
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
}, { DPoP })
say('open', address.href)
const back = new URL((await lines.question('')).trim())

const tokens = await client.authorizationCodeGrant(
  config, back, { pkceCodeVerifier: verifier, expectedState: state }, undefined, { DPoP },
)
say('token', { type: tokens.token_type, scope: tokens.scope, party: tokens.authorization_details[0].party })
const balance = async (token) => {
  const answer = await client.fetchProtectedResource(
    config, token, new URL(given.resource), 'GET', undefined, undefined, { DPoP },
  )
  return { status: answer.status, body: await answer.json() }
}
say('balance', await balance(tokens.access_token))
const renewed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
say('renewed', await balance(renewed.access_token))
say('active', (await client.tokenIntrospection(config, renewed.access_token)).active)
await client.tokenRevocation(config, renewed.refresh_token)
say('revoked', (await client.tokenIntrospection(config, renewed.access_token)).active)
lines.close()
