// What was refused is said at its field too: marked, described and in view.
"use strict";

// Returns the field that `said` names, if `place` has it.
function markRefused(said, place) {
  if (!said || !said.dataset.field) return null;
  const name = CSS.escape(said.dataset.field);
  const field = place.querySelector(`[name="${name}"]:not([type="hidden"])`);
  if (!field) return null;
  const why = document.createElement("span");
  why.className = "fault";
  why.id = `fault-${said.dataset.field}`;
  why.textContent = said.dataset.why;
  (field.closest("fieldset") || field.closest("label") || field).after(why);
  const known = field.getAttribute("aria-describedby");
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", known ? `${known} ${why.id}` : why.id);
  for (let box = field.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  return field;
}

// Pages that come whole say it when they come.
for (const said of document.querySelectorAll("main > .said[data-field]")) {
  const field = markRefused(said, said.parentElement);
  if (field) field.focus();
}
