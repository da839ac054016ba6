// The same without a browser: the customer's part goes out as a line with the address to open, and
// comes back as a line with the address that the bank sent the customer to. Then one order a line.
//
//     node node.mjs mini.json
import { readFile } from 'node:fs/promises'
import * as readline from 'node:readline/promises'
import { Client, assertion, generateHolder, importKey } from '../../../sdk/javascript/enscene.js'
import { ask, buy } from './shop.mjs'

const given = JSON.parse(await readFile(process.argv[2], 'utf8'))
const jwk = JSON.parse(await readFile(given.key, 'utf8'))
const key = await importKey(jwk)
const bank = new Client({
  base: given.base, clientId: given.client_id, holder: await generateHolder(),
  assert: (audience) => assertion(key, jwk.kid, given.client_id, audience),
})
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const asked = await ask(bank, given.scene, given.redirect_uri)
console.log(JSON.stringify({ open: asked.url }))
await bank.becomeCustomer(asked, (await lines.next()).value.trim())
console.log(JSON.stringify({ customer: bank.customerRef }))
for await (const line of lines) {
  console.log(JSON.stringify(await buy(bank, given.scene, JSON.parse(line))))
}
