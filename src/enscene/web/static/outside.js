// What an outside scene in the frame may ask for: that the customer pays one of its orders here.
"use strict";

const frame = document.querySelector("iframe.outside");
const ORDER = /^ord_[0-9a-hjkmnp-tv-z]{26}$/;

addEventListener("message", (event) => {
  // From that very frame, while it shows that very origin; whatever else is said is not heard.
  if (event.source !== frame.contentWindow || event.origin !== frame.dataset.origin) return;
  const said = event.data;
  if (said === null || typeof said !== "object" || said.type !== "enscene.pay") return;
  if (typeof said.order !== "string" || !ORDER.test(said.order)) return;
  location.assign(frame.dataset.orders + said.order);
});
