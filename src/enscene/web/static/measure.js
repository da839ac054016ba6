// What is looked at and for how long, on a page whose reader allows recommendations: without the mark
// that the server sets for them, nothing is measured and nothing is sent.
"use strict";

const measured = document.querySelector("main");
const CLICKS_MOST = 20;
let seen = 0; // ms
let since = null;
let clicks = [];

function standing() {
  return measured.querySelector("[data-measure]");
}

function count() {
  if (since !== null) seen += performance.now() - since;
  since = standing() && document.visibilityState === "visible" ? performance.now() : null;
}

function report() {
  count();
  if (!standing() || (seen < 1000 && !clicks.length)) return;
  const told = {
    token: window.enscene.token(), id: crypto.randomUUID(), dwell_ms: Math.round(seen), clicks,
  };
  seen = 0;
  clicks = [];
  navigator.sendBeacon(measured.dataset.base + "/seen", JSON.stringify(told));
}

measured.addEventListener("click", (event) => {
  const on = event.target.closest("button, summary");
  if (!on || !standing() || clicks.length >= CLICKS_MOST) return;
  const form = on.closest("form");
  const card = on.closest("[data-said]");
  const path = form ? on.dataset.path || form.dataset.path : "/open";
  clicks.push({ target: path.slice(1), offer: card ? card.dataset.said : undefined });
}, true);

// The content comes after the page, and may come without the mark after a permission is switched.
new MutationObserver(() => {
  if (!standing()) { seen = 0; clicks = []; since = null; }
  else if (since === null) count();
}).observe(measured, { childList: true });
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") report();
  else count();
});
window.addEventListener("pagehide", report);
