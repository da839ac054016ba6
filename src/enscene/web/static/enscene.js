// Enscene in a partner's page: one call embeds a page of a scene, such as the offers that a
// customer applies for. The rules are the bank's; this only frames them.
//
//   const embedded = Enscene.embed({
//     to: document.querySelector("#bank"),
//     src: "https://BANK/h5/TENANT/SCENE/PAGE",
//     token: () => fetch("/our-server/bank-token").then((answer) => answer.text()),
//     language: "zh",
//     on: { done(message) {}, closed() {}, ready() {} },
//   });
//   embedded.end();
(function (global) {
  "use strict";

  const HEIGHT_MOST = 20_000;

  function embed({ to, src, token, language, title, on = {} }) {
    if (!(to instanceof Element)) throw new TypeError("to: an element to embed into");
    if (typeof token !== "function") throw new TypeError("token: a function that gets a token");
    const address = new URL(src, location.href);
    if (language) address.searchParams.set("lang", language);
    address.hash = "";
    const origin = address.origin;
    const frame = document.createElement("iframe");
    frame.title = title || "Enscene";
    frame.src = address.href;
    frame.style.border = "0";
    frame.style.width = "100%";
    frame.style.minHeight = "240px";
    frame.setAttribute("referrerpolicy", "strict-origin-when-cross-origin");
    let asking = false;

    async function give() {
      if (asking) return;
      asking = true;
      try {
        const text = await token();
        // To the bank's origin and to no other, wherever the frame may have been led.
        if (text) frame.contentWindow.postMessage({ type: "enscene.token", token: text }, origin);
      } finally {
        asking = false;
      }
    }

    function hear(event) {
      if (event.source !== frame.contentWindow || event.origin !== origin) return;
      const message = event.data;
      if (!message || typeof message.type !== "string") return;
      if (message.type === "enscene.ready" || message.type === "enscene.closed") give();
      if (message.type === "enscene.height" && Number.isFinite(message.height)) {
        frame.style.height = `${Math.min(Math.max(0, message.height), HEIGHT_MOST)}px`;
      }
      const name = message.type.replace("enscene.", "");
      if (Object.hasOwn(on, name) && typeof on[name] === "function") on[name](message);
    }

    global.addEventListener("message", hear);
    to.append(frame);
    return {
      frame,
      end() {
        global.removeEventListener("message", hear);
        frame.remove();
      },
    };
  }

  global.Enscene = Object.freeze({ embed });
})(window);
