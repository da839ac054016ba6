// The page. The customer leaves it for the bank and comes back: what was asked waits in the
// session, the key that the tokens are bound to in IndexedDB, from where it cannot be read out.
import { Client, generateHolder, randomText } from '/enscene.js'
import { ask, buy } from '/shop.mjs'

const find = (id) => document.getElementById(id)

async function holder() {
  const database = await new Promise((done, failed) => {
    const opening = indexedDB.open('mini', 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore('keys')
    opening.onsuccess = () => done(opening.result)
    opening.onerror = () => failed(opening.error)
  })
  const at = (mode, what) => new Promise((done, failed) => {
    const request = what(database.transaction('keys', mode).objectStore('keys'))
    request.onsuccess = () => done(request.result)
    request.onerror = () => failed(request.error)
  })
  const known = await at('readonly', (keys) => keys.get('holder'))
  if (known) return known
  const made = await generateHolder()
  await at('readwrite', (keys) => keys.put(made, 'holder'))
  return made
}

const settings = await (await fetch('/settings')).json()
const bank = new Client({ base: location.origin, ...settings, holder: await holder() })

if (location.pathname === '/back') {
  const asked = JSON.parse(sessionStorage.getItem('asked'))
  sessionStorage.removeItem('asked')
  const back = location.href
  history.replaceState(null, '', '/')
  try {
    await bank.becomeCustomer(asked, back)
    find('order').hidden = false
  } catch (error) {
    find('answer').textContent = `未授权 · Not allowed: ${error.code ?? error.message}`
    find('ask').hidden = false
  }
} else {
  find('ask').hidden = false
}

find('ask').onclick = async () => {
  const asked = await ask(bank, settings.scene, `${location.origin}/back`)
  sessionStorage.setItem('asked', JSON.stringify(asked))
  location.assign(asked.url)
}

let policy = randomText(9)
find('order').onsubmit = async (event) => {
  event.preventDefault()
  const flight = new FormData(event.target).get('flight')
  const answer = await buy(bank, settings.scene, { policy, flight })
  find('answer').textContent = JSON.stringify(answer)
  policy = randomText(9)
}
