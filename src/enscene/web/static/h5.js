// A customer's page: its token comes in the fragment or from the page around it, never a cookie.
"use strict";

const place = document.querySelector("main");
const base = place.dataset.base;
const allowed = place.dataset.origins.split(" ").filter(Boolean);
const framed = window.parent !== window;
let token = location.hash.slice(1);
// The fragment is not kept in the history or in what is copied from the address bar.
if (token) history.replaceState(null, "", location.pathname + location.search);

// The page around this one, if it is one of the allowed origins: exactly, never by a part.
function parentOrigin() {
  if (!framed) return null;
  const ancestors = location.ancestorOrigins;
  let origin = ancestors && ancestors.length ? ancestors[0] : "";
  if (!origin && document.referrer) origin = new URL(document.referrer).origin;
  return allowed.includes(origin) ? origin : null;
}

function tell(message) {
  const origin = parentOrigin();
  if (origin) window.parent.postMessage(message, origin);
}

// For the script that measures: it sends the same token.
window.enscene = { token: () => token };

async function ask(path, options = {}) {
  const response = await fetch(base + path + location.search, {
    method: "POST",
    credentials: "omit",
    ...options,
    headers: { ...options.headers, authorization: `H5 ${token}` },
  });
  const text = await response.text();
  if (!response.ok) {
    const said = document.createElement("p");
    said.className = "wait";
    said.setAttribute("role", "alert");
    said.textContent = response.status === 401 ? place.dataset.closed : text;
    place.replaceChildren(said);
    tell({ type: "enscene.closed" });
    return;
  }
  place.innerHTML = text; // made by our own server, which escapes it; the policy runs no script
  tell({ type: "enscene.height", height: document.documentElement.scrollHeight });
}

// What the bank offers after an act is decided from what was committed, a moment later: it is looked for
// again, and put in its place unless somebody is busy there.
const LATER_MS = [800, 2500];

async function lookForOffers(waits) {
  if (!waits.length || !place.querySelector("[data-offers]")) return;
  await new Promise((done) => setTimeout(done, waits[0]));
  const here = place.querySelector("[data-offers]");
  const response = await fetch(base + "/content" + location.search, {
    method: "POST", credentials: "omit", headers: { authorization: `H5 ${token}` },
  });
  if (!response.ok) return;
  const page = document.createElement("template");
  page.innerHTML = await response.text();
  const there = page.content.querySelector("[data-offers]");
  if (!here || !there || !place.contains(here)) return;
  if (here.contains(document.activeElement) || here.querySelector("details[open]")) return;
  if (here.querySelectorAll(".offer").length === there.querySelectorAll(".offer").length) {
    await lookForOffers(waits.slice(1));
    return;
  }
  here.replaceChildren(...there.children);
  tell({ type: "enscene.height", height: document.documentElement.scrollHeight });
}

// The forms of the page that do what this one does, for the same application.
function formsLike(form) {
  const about = (one) => one.elements.application ? one.elements.application.value : "";
  return [...place.querySelectorAll("form")].filter(
    (one) => one.dataset.path === form.dataset.path && about(one) === about(form));
}

// What was typed into a form that was refused, put into the form that stands in its place.
function typeAgain(form, typed) {
  for (const input of form.elements) {
    if (!input.name || input.type === "hidden") continue;
    if (input.type === "checkbox") input.checked = typed.getAll(input.name).includes(input.value);
    else if (typed.has(input.name)) input.value = typed.get(input.name);
  }
  for (let box = form.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
}

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const which = formsLike(form).indexOf(form);
  const button = event.submitter || form.querySelector("button");
  const path = button.dataset.path || form.dataset.path; // a second button of a form has its own
  const typed = new FormData(form);
  button.disabled = true;
  await ask(path, {
    body: new URLSearchParams(typed),
    headers: { "idempotency-key": form.dataset.key || "" },
  });
  // Nobody types twice because a sum was worked out anew, or another field was wrong.
  for (const input of place.querySelectorAll("input[data-asked], [data-asked] input")) {
    if (!input.value && typed.get(input.name)) input.value = typed.get(input.name);
  }
  const said = place.querySelector(".said");
  const refused = said && !said.classList.contains("good");
  const again = refused ? formsLike(form)[which] : null;
  if (again) typeAgain(again, typed);
  const field = again ? markRefused(said, again) : null;
  if (field || said) (field || said).focus();
  const good = Boolean(said && said.classList.contains("good"));
  tell({ type: "enscene.done", path, good });
  if (good) lookForOffers(LATER_MS).catch(() => {}); // it stands there at the next look
});

// What is opened in place, such as a document, needs more room in the page around.
document.addEventListener("toggle", () => {
  tell({ type: "enscene.height", height: document.documentElement.scrollHeight });
}, true);

window.addEventListener("message", (event) => {
  if (event.source !== window.parent || !allowed.includes(event.origin)) return;
  const message = event.data;
  if (!message || message.type !== "enscene.token" || typeof message.token !== "string") return;
  token = message.token;
  ask("/content");
});

if (token) ask("/content");
else {
  place.querySelector(".wait").textContent = place.dataset.closed;
  tell({ type: "enscene.ready" });
}
