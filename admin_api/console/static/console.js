// The console works without this; with it, who else opens the case is told while it lies open.
"use strict";
const presence = document.querySelector("[data-presence]");
if (presence) {
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(presence.dataset.presence, { headers: { Accept: "text/html" } });
      const told = answer.ok ? (await answer.text()).trim() : null;
      if (told !== null && told !== presence.innerHTML.trim()) presence.innerHTML = told;
    } catch {
      // The connection is gone for a while; the next try tells.
    }
  }, 20000);
}
