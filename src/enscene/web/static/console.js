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

// What asks before it does something that cannot be undone.
document.addEventListener("submit", (event) => {
  const question = event.submitter && event.submitter.dataset.ask;
  if (question && !window.confirm(question)) event.preventDefault();
});

// Selects that choose what a page shows send their form at once.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-send]")) event.target.form.requestSubmit();
});

follow();
