"""The texts of a new pack's files."""

SCENE = """\
# Say in one line what this scene is.
id: NAME
version: 0.1.0
class: {serves: [C], sector: retail, routes: [embedded, own_app]}

parties:
  customer: {is: person, consent: [balance, purchases, recommendations]}
  shop: {is: merchant}
  bank: {is: bank}

options:
  daily_limit: {type: money, default: "200.00", min: "10.00", max: "1000.00"}
  service_fee: {type: portion, default: "0.3%", max: "1%"}
  pay_out_at: {type: time_of_day, default: "22:00"}
  refund_window: {type: duration, default: 7d, max: 30d}

accounts:
  wallet: {of: customer, kind: free, role: stored_value, floor: "0.00"}
  takings: {of: shop, kind: free, role: settlement, floor: "-1000.00"}
  fees: {of: bank, kind: free, role: income, floor: none}
  world: {of: bank, kind: free, role: outside, floor: none, outside: true}

counters:
  spent: {of: customer, sum: money, per: day}

things:
  purchase:
    key: receipt
    fields: {receipt: text, customer: party, shop: party, price: money}
    states: {paid: {}, refunded: {ends: true}, closed: {ends: true}}

flows:
  top_up: {send: input.amount, from: world, to: wallet}
  pay:
    send: input.price
    from: wallet
    to:
      - {account: fees, portion: options.service_fee}
      - {account: takings, rest: true}
  pay_out: {send: takings.balance, from: takings, to: world}

actions:
  top_up:
    by: [customer]
    input: {amount: {type: money, min: "0.01"}}
    do: [{move: top_up}]
  pay:
    by: [customer, shop]
    input: {receipt: text, customer: party, shop: party, price: {type: money, min: "0.01"}}
    do:
      - limit: {counter: spent, add: input.price, max: options.daily_limit, else: daily_limit}
      - move: pay
    creates: purchase.paid
  refund:
    by: [shop]
    on: {purchase: paid}
    do: [{reverse: {flow: pay, counter: spent}}]
    to: {purchase: refunded}
  close: {by: [clock], on: {purchase: paid}, to: {purchase: closed}}
  pay_out:
    by: [clock]
    when: [{that: "takings.balance > money('0.00')", else: nothing_to_pay_out}]
    do: [{move: pay_out}]

timers:
  purchase_closes: {on: {purchase: paid}, after: {option: refund_window}, do: close}
  day_is_paid_out: {for: shop, at: {option: pay_out_at}, do: pay_out}

meters:
  purchases: {count: pay}

indicators:
  adoption: {share_of: customer, who: pay, within: 30d, target: "50%"}

pages:
  wallet: [{balance: wallet}, {pay_code: pay}, {do: top_up}, {last: purchase}]

topics:
  buying_here:
    is: shopping
    half_life: 60d
    from:
      - {after: pay, of: customer, strength: 1}
      - {after: refund, of: customer, strength: -1}
"""

CASES = """\
# Golden cases: how the scene begins, what is done, what must hold afterwards.
cases:
  a_purchase_is_paid_and_refunded:
    given:
      parties: {ann: customer, corner: shop, bank: bank}
      balances: {wallet: {ann: "50.00"}}
      clock: 2026-03-02T12:00
    when:
      - {do: pay, by: ann, input: {receipt: R1, shop: corner, price: "20.00"}}
      - {do: refund, by: corner, input: {receipt: R1}}
    then:
      balances: {wallet: {ann: "50.00"}, takings: {corner: "0.00"}, fees: {bank: "0.00"}}
      counters: {spent: {ann: "0.00"}}
      states: {purchase: {R1: refunded}}

  a_day_is_limited_and_paid_out:
    given:
      parties: {ann: customer, corner: shop, bank: bank}
      clock: 2026-03-02T12:00
    when:
      - {do: top_up, by: ann, input: {amount: "500.00"}}
      - {do: pay, by: corner, input: {receipt: R1, customer: ann, price: "200.00"}}
      - {do: pay, by: ann, input: {receipt: R2, shop: corner, price: "0.01"}, refused: daily_limit}
      - {clock: 2026-03-02T22:05, do: pay_out, by: clock, for: corner}
      - {clock: 2026-03-03T22:05, do: pay_out, by: clock, for: corner, refused: nothing_to_pay_out}
      - {clock: 2026-03-09T12:05, do: close, by: clock}
    then:
      balances: {wallet: {ann: "300.00"}, takings: {corner: "0.00"}, fees: {bank: "0.60"}}
      states: {purchase: {R1: closed}}
"""

PEOPLE = """\
# Who lives in the scene, for the simulator.
groups:
  customers:
    role: customer
    count: 50
    balances: {wallet: ["20.00", "200.00"]}
    habits:
      - do: pay
        chance: "50%"
        between: ["09:00", "20:00"]
        input: {receipt: {new: receipt}, shop: {party: shops}, price: {between: ["3.00", "40.00"]}}
      - {do: top_up, chance: "10%", between: ["08:00", "20:00"], input: {amount: {pick: ["50.00"]}}}
  shops:
    role: shop
    count: 2
    habits:
      - {do: refund, chance: "10%", between: ["10:00", "20:00"], on: paid}
wrong: {bad: "1%", duplicate: "2%", late: "1%"}
"""

TEXTS_ZH = """\
title: TITLE
summary: 用一句话说明这个场景服务谁、解决什么问题。
parties: {customer: 顾客, shop: 商户, bank: 银行}
accounts: {wallet: 钱包, takings: 营业款, fees: 手续费收入, world: 场景外资金}
counters: {spent: 当日消费}
flows: {top_up: 充值, pay: 支付, pay_out: 结算}
actions: {top_up: 充值, pay: 支付, refund: 退款, close: 关闭, pay_out: 向商户付款}
timers: {purchase_closes: 退款期结束, day_is_paid_out: 每日付款}
meters: {purchases: 支付笔数}
indicators: {adoption: 使用率}
pages: {wallet: 我的钱包}
options:
  daily_limit: {title: 每日限额, help: "一名顾客一天内的最高消费金额。"}
  service_fee: {title: 手续费率, help: "银行按每笔金额收取的比例。"}
  pay_out_at: {title: 付款时间, help: "每天在该时间把营业款付给商户。"}
  refund_window: {title: 退款期, help: "支付后仍可退款的时长。"}
things:
  purchase:
    title: 消费
    states: {paid: 已支付, refunded: 已退款, closed: 已关闭}
fields: {receipt: 小票号, customer: 顾客, shop: 商户, price: 价格, amount: 金额}
refusals: {daily_limit: 超过当日消费限额, nothing_to_pay_out: 没有可付款的营业款}
topics: {buying_here: 在这里购物}
"""

TEXTS_EN = """\
title: TITLE
summary: Say in one sentence whom this scene serves and what it solves.
parties: {customer: Customer, shop: Shop, bank: Bank}
accounts: {wallet: Wallet, takings: Takings, fees: Fee income, world: Outside the scene}
counters: {spent: Spent today}
flows: {top_up: Top-up, pay: Payment, pay_out: Pay-out}
actions: {top_up: Top up, pay: Pay, refund: Refund, close: Close, pay_out: Pay the shop}
timers: {purchase_closes: The refund time ends, day_is_paid_out: The shop is paid daily}
meters: {purchases: Purchases}
indicators: {adoption: Customers who pay with it}
pages: {wallet: My wallet}
options:
  daily_limit: {title: Daily limit, help: "The most that a customer may spend in a day."}
  service_fee: {title: Service fee, help: "The bank's share of each payment."}
  pay_out_at: {title: Paid out at, help: "The time of day at which the shop is paid."}
  refund_window: {title: Refund time, help: "How long after the payment it may be refunded."}
things:
  purchase:
    title: Purchase
    states: {paid: Paid, refunded: Refunded, closed: Closed}
fields: {receipt: Receipt, customer: Customer, shop: Shop, price: Price, amount: Amount}
refusals: {daily_limit: This is more than the daily limit, nothing_to_pay_out: There is nothing to pay out}
topics: {buying_here: Buying here}
"""
