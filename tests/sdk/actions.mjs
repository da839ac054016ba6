// The JavaScript client asks on a way on which answers get lost; what it was told, and its waits.
import { Client, assertion, generateHolder, importKey } from '../../sdk/javascript/enscene.js'

const given = JSON.parse(process.env.GIVEN)
const key = await importKey(given.key)
const waits = []
const client = async (clientId) => new Client({
  base: given.base, issuer: given.issuer, clientId,
  holder: given.dpop ? await generateHolder() : null,
  assert: (audience) => assertion(key, given.key.kid, clientId, audience),
  policy: { sleep: async (ms) => { waits.push(ms) } },
})
const bank = await client('bank.site')
const core = await client('bank.core')
const done = await bank.act('travel', 'buy_cover', given.order)
const problem = await bank.act('travel', 'buy_cover', given.refused).catch((error) => error)
const policies = []
for await (const each of core.things('travel', 'policy', { limit: '1' })) policies.push(each.key)
const { body: quote } = await bank.quote('travel')
console.log(JSON.stringify({
  done, waits, policies, judged: [...quote.eligible, ...quote.refused].map((each) => each.product),
  problem: { name: problem.name, code: problem.code, status: problem.status, key: problem.key !== null },
}))
