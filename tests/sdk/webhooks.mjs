// What the client says of each notice that comes in: its id, or the name of what it raises.
import { verifyWebhook } from '../../sdk/javascript/enscene.js'

let text = ''
for await (const chunk of process.stdin) text += chunk
const told = []
for (const { secret, headers, body, now } of JSON.parse(text)) {
  told.push(await verifyWebhook(secret, headers, body, now).catch((error) => error.name))
}
console.log(JSON.stringify(told))
