// The content policy allows no inline style and no evaluated attribute of htmx.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;

// The toolkit's frame has no landmark for what the page is about, and no way past its forty links.
document.addEventListener("DOMContentLoaded", () => {
  const main = document.getElementById("main"), content = document.getElementById("content");
  if (!main || !content) return;
  main.setAttribute("role", "main");
  content.tabIndex = -1;
  const skip = document.createElement("a");
  Object.assign(skip, { className: "skip", href: "#content", textContent: "Skip to the page" });
  document.body.prepend(skip);
});

// A part of a page that keeps itself true: one question every ten seconds, answered by 304 when nothing has changed.
// It asks nothing while nobody looks, waits longer after each trouble, and never asks twice at once.
(() => {
  const EVERY = 10000, LONGEST = 300000, GIVE_UP = 15000;

  function keep(part) {
    let tag = part.dataset.tag, wait = EVERY, timer = 0, asking = false;
    const stale = document.getElementById("stale");

    const later = () => { clearTimeout(timer); if (!document.hidden) timer = setTimeout(ask, wait * (0.9 + 0.2 * Math.random())); };

    async function ask() {
      if (asking || document.hidden) return;
      asking = true;
      try {
        const answer = await fetch(part.dataset.live, {
          headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store", redirect: "error", signal: AbortSignal.timeout(GIVE_UP),
        });
        if (answer.status === 200) { tag = answer.headers.get("ETag"); swap(part, await answer.text()); }
        else if (answer.status !== 304) throw new Error(answer.status);
        wait = EVERY;
        if (stale) stale.hidden = true;
      } catch {
        wait = Math.min(wait * 2, LONGEST);
        if (stale) stale.hidden = false;
      }
      asking = false;
      later();
    }

    document.addEventListener("visibilitychange", () => { if (document.hidden) clearTimeout(timer); else ask(); });
    later();
  }

  // Whoever stands on a link with the keyboard stays there.
  function swap(part, text) {
    const held = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    part.innerHTML = text;
    if (held) [...part.querySelectorAll("a")].find((one) => one.getAttribute("href") === held)?.focus({ preventScroll: true });
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-live]").forEach(keep));
})();
