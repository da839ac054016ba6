// The JavaScript client reads files, and answers that are not the bank's JSON.
import { Client, Unreachable, Unreadable, assertion, importKey } from '../../sdk/javascript/enscene.js'

const given = JSON.parse(process.env.GIVEN)
const key = await importKey(given.key)
const client = (base) => new Client({
  base, issuer: given.issuer, clientId: 'bank.rails',
  assert: (audience) => assertion(key, given.key.kid, 'bank.rails', audience),
  policy: { sleep: async () => {} },
})
const [bank, papers] = [client(given.text), client(given.paper)]
const path = '/v1/rails/statements/2026-03-02'
const text = await bank.get(path, { currency: 'CNY' })
const paper = await papers.get(path, { currency: 'CNY' })
const buy = () => bank.act('travel', 'buy_cover', given.order, { key: 'one' })
const unread = []
for (const error of [await buy().catch((e) => e), await buy().catch((e) => e)]) {
  const names = [error.name, error instanceof Unreadable, error instanceof Unreachable]
  unread.push({ names, message: error.message, key: error.key })
}
console.log(JSON.stringify({
  text, unread, done: await buy(),
  paper: {
    bytes: paper.body instanceof Uint8Array, contentType: paper.contentType,
    same: new TextDecoder().decode(paper.body) === text.body,
  },
}))
