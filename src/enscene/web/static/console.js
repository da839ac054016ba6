// The console's own script: live figures of a scene, and what forms need beside htmx.
"use strict";

function showFigures(told) {
  for (const place of document.querySelectorAll("[data-live]")) {
    const value = told[place.dataset.live];
    if (value !== undefined && place.textContent !== value) place.textContent = value;
  }
  const log = document.querySelector("[data-live-log]");
  if (!log) return;
  for (const event of told.events) {
    if (log.querySelector(`[data-seq="${event.seq}"]`)) continue;
    const item = document.createElement("li");
    item.className = "new";
    item.dataset.seq = event.seq;
    const time = document.createElement("time");
    time.textContent = event.at;
    const text = document.createElement("div");
    const link = document.createElement("a");
    link.href = `${log.dataset.liveLog}/units/${event.seq}`;
    link.textContent = event.title;
    const subject = document.createElement("small");
    subject.textContent = event.subject;
    text.append(link, subject);
    item.append(time, text);
    log.prepend(item);
    while (log.children.length > 12) log.lastElementChild.remove();
  }
}

function follow() {
  const place = document.querySelector("[data-stream]");
  if (!place) return;
  const source = new EventSource(place.dataset.stream);
  source.addEventListener("message", (message) => showFigures(JSON.parse(message.data)));
  window.addEventListener("pagehide", () => source.close());
}

// A box that is wider than its place says so, and fades at the side where more is.
function lookBeside(box) {
  const left = box.scrollWidth - box.clientWidth;
  box.classList.toggle("more", left - box.scrollLeft > 4);
  box.classList.toggle("less", box.matches(".nav") && box.scrollLeft > 4);
  if (!box.matches(".scroll, .map")) return; // tabs and files fade, and need no word
  if (!box.told) {
    if (left <= 4) return;
    box.told = document.createElement("p");
    box.told.className = "beside";
    box.told.textContent = document.body.dataset.more;
    box.before(box.told);
  }
  box.told.hidden = left <= 4;
}
const watch = new ResizeObserver((seen) => seen.forEach((each) => lookBeside(each.target)));
function watchBoxes() {
  for (const box of document.querySelectorAll(".scroll, .map, .tabs, .nav, pre.file")) watch.observe(box);
  for (const here of document.querySelectorAll(".tabs [aria-current], .nav [aria-current]")) {
    here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft - 48;
  }
}
document.addEventListener("scroll", (event) => {
  if (event.target !== document && event.target.matches(".scroll, .map, .tabs, .nav, pre.file")) lookBeside(event.target);
}, {capture: true, passive: true});
document.addEventListener("htmx:afterSettle", watchBoxes);

// What asks before it does something that cannot be undone.
document.addEventListener("submit", (event) => {
  const question = event.submitter && event.submitter.dataset.ask;
  if (question && !window.confirm(question)) event.preventDefault();
});

// Selects that choose what a page shows send their form at once.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-send]")) event.target.form.requestSubmit();
});

// What the checks say of a field stands beside it and is marked, also while one types.
function markFaults() {
  for (const told of document.querySelectorAll("[data-fault]")) {
    const field = document.getElementById(told.dataset.fault);
    if (!field || !field.matches("input, select")) continue;
    if (told.textContent.trim()) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}
document.addEventListener("htmx:afterSettle", markFaults);

// A form that is replaced by its newer self keeps what was filled in since that was asked for.
function filled(form) {
  return new Map([...form.elements].filter((field) => field.id && field.name)
    .map((field) => [field.id, field.type === "checkbox" ? field.checked : field.value]));
}
const asked = new WeakMap();
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target.matches("form")) asked.set(event.detail.xhr, filled(event.detail.target));
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const before = asked.get(event.detail.xhr);
  const form = event.detail.target;
  if (!before || !form.matches("form")) return;
  const since = [...filled(form)].filter(([id, value]) => before.has(id) && before.get(id) !== value);
  const focused = document.activeElement && form.contains(document.activeElement) ? document.activeElement.id : "";
  document.addEventListener("htmx:afterSettle", () => {
    for (const [id, value] of since) {
      const field = document.getElementById(id);
      if (!field) continue;
      if (field.type === "checkbox") field.checked = value;
      else field.value = value;
      field.dispatchEvent(new Event("change", {bubbles: true}));
    }
    const field = focused && document.getElementById(focused);
    if (field) field.focus();
  }, {once: true});
});

follow();
watchBoxes();
