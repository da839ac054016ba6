// The reference: operations of an OpenAPI document, each with a form that sends it.
"use strict";

function made(kind, values, ...inside) {
  const node = Object.assign(document.createElement(kind), values);
  node.append(...inside);
  return node;
}

function resolved(document_, node, deep = 0) {
  if (deep > 8 || typeof node !== "object" || node === null) return node;
  if (node.$ref) {
    const found = node.$ref.slice(2).split("/").reduce((place, step) => place?.[step], document_);
    return resolved(document_, found, deep + 1);
  }
  return node;
}

function exampleOf(document_, schema, deep = 0) {
  const known = resolved(document_, schema) ?? {};
  if (known.example !== undefined) return known.example;
  if (known.enum) return known.enum[0];
  if (deep > 4) return null;
  const kind = Array.isArray(known.type) ? known.type[0] : known.type;
  if (kind === "object") {
    const told = {};
    for (const name of known.required ?? []) {
      told[name] = exampleOf(document_, known.properties?.[name] ?? {}, deep + 1);
    }
    return told;
  }
  if (kind === "array") return [];
  if (kind === "boolean") return false;
  return kind === "integer" || kind === "number" ? (known.minimum ?? 0) : "";
}

let fields = 0;

function input(form, name, value, required) {
  const id = `field-${(fields += 1)}`;
  const entry = made("input", { id, name, value, required, type: "text", spellcheck: false });
  form.append(made("div", { className: "field" }, made("label", { htmlFor: id }, name), entry));
}

async function send(event, place, method, path, words) {
  event.preventDefault();
  const form = new FormData(event.target);
  let address = path;
  const headers = { Accept: "application/json" };
  const query = new URLSearchParams();
  for (const [name, value] of form) {
    const [where, key] = [name.slice(0, name.indexOf(" ")), name.slice(name.indexOf(" ") + 1)];
    if (where === "path") address = address.replace(`{${key}}`, encodeURIComponent(value));
    if (where === "query" && value) query.set(key, value);
    if (where === "header" && value) headers[key] = value;
  }
  const token = document.getElementById("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  const body = form.get("body -");
  if (body) headers["Content-Type"] = "application/json";
  const asked = query.size ? `${address}?${query}` : address;
  const out = place.querySelector("pre.answer");
  try {
    const answer = await fetch(asked, { method, headers, body: body || undefined });
    const text = await answer.text();
    let shown = text;
    try {
      shown = JSON.stringify(JSON.parse(text), null, 1);
    } catch {
      // what is no JSON is shown as it is
    }
    out.textContent = `${answer.status}\n${shown}`;
  } catch (error) {
    out.textContent = String(error);
  }
  out.hidden = false;
  out.setAttribute("aria-label", words.answer);
}

function operationOf(document_, path, method, operation, shared, words) {
  const parts = (operation.summary ?? "").split(" · ");
  const title = words.chinese ? parts[0] : (parts[1] ?? parts[0]);
  const form = made("form", {});
  for (const each of [...(shared ?? []), ...(operation.parameters ?? [])]) {
    const known = resolved(document_, each);
    const given = known.name === "Idempotency-Key" ? crypto.randomUUID() : "";
    input(form, `${known.in} ${known.name}`, given, Boolean(known.required));
  }
  const content = operation.requestBody?.content ?? {};
  if (content["application/json"]) {
    const id = `field-${(fields += 1)}`;
    const schema = content["application/json"];
    const example = schema.example ?? exampleOf(document_, schema.schema);
    const area = made("textarea", { id, name: "body -", spellcheck: false });
    area.value = JSON.stringify(example, null, 1);
    form.append(made("div", { className: "field" }, made("label", { htmlFor: id }, words.body), area));
  }
  const place = made("details", {});
  const button = made("button", { className: "second" }, words.send);
  form.append(made("div", {}, button));
  form.addEventListener("submit", (event) => send(event, place, method.toUpperCase(), path, words));
  const out = made("pre", { className: "file answer", hidden: true, tabIndex: 0 });
  const scope = operation["x-scope"];
  const about = made("p", { className: "help" }, scope ? `scope: ${scope}` : "");
  const head = made("summary", {}, made("span", { className: "verb" }, method.toUpperCase()),
    made("code", {}, path), made("span", { className: "quiet" }, title));
  place.append(head, about, form, out);
  place.dataset.find = `${method} ${path} ${operation.summary ?? ""}`.toLowerCase();
  return place;
}

async function showReference(told) {
  const words = { send: told.dataset.send, body: told.dataset.body, answer: told.dataset.answer,
    chinese: told.dataset.chinese === "1" };
  const state = document.getElementById("reference-state");
  const list = document.getElementById("operations");
  const token = document.getElementById("token").value.trim();
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  let answer;
  try {
    answer = await (await fetch(document.getElementById("which").value, { headers })).json();
  } catch {
    answer = {};
  }
  list.replaceChildren();
  if (!answer.paths) {
    state.textContent = told.dataset.gone;
    state.hidden = false;
    return;
  }
  for (const [path, item] of Object.entries(answer.paths)) {
    for (const method of ["get", "post", "put", "patch", "delete"]) {
      if (item[method]) {
        list.append(operationOf(answer, path, method, item[method], item.parameters, words));
      }
    }
  }
  state.hidden = true;
}

const reference = document.querySelector("[data-reference]");
if (reference) {
  showReference(reference);
  document.getElementById("which").addEventListener("change", () => showReference(reference));
  document.getElementById("find").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const each of document.querySelectorAll("#operations details")) {
      each.hidden = !each.dataset.find.includes(wanted);
    }
  });
}
