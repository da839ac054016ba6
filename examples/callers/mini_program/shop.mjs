// What the mini-program does, in a browser and in node alike.

export const DETAILS = (scene) => ({
  type: 'enscene_consent', scene, purpose: 'insure', days: 30, things: { policy: ['premium', 'cover'] },
})

/** Ask the customer to let the mini-program buy cover and see it. */
export async function ask(bank, scene, redirectUri) {
  const scope = `scene:${scene}:buy_cover scene:${scene}:things.read`
  return bank.askCustomer({ redirectUri, scope, details: DETAILS(scene) })
}

/** Buy cover for the customer. The order's number is its Idempotency-Key. */
export async function buy(bank, scene, order) {
  const body = { ...order, traveller: bank.customerRef }
  try {
    const done = await bank.act(scene, 'buy_cover', body, { key: `mini-${order.policy}` })
    return { policy: order.policy, replayed: done.replayed, ...done.body }
  } catch (error) {
    if (error.name !== 'Problem') throw error
    return { policy: order.policy, refused: error.code, hint: error.hint }
  }
}
