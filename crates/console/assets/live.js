// Makes the pages livelier; none of them needs it. No dependency, no inline code, nothing kept in the browser.
"use strict";

(() => {
  // ── relative times, by the server's clock ──
  const root = document.documentElement;
  const skew = Date.now() - Date.parse(root.dataset.now || new Date().toISOString());

  const span = (s) => {
    if (s < 90) return s + " s";
    if (s < 5400) return Math.floor(s / 60) + " min";
    if (s < 129600) return Math.floor(s / 3600) + " h";
    return Math.floor(s / 86400) + " days";
  };
  const tick = () => {
    const now = Date.now() - skew;
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const s = Math.floor((now - Date.parse(time.dateTime)) / 1000);
      const words = Math.abs(s) < 5 ? "now" : s > 0 ? span(s) + " ago" : "in " + span(-s);
      if (time.textContent !== words) time.textContent = words;
    }
  };

  // ── redraw what is marked live, from the page itself: what is seen always passed the page's own checks ──
  const busy = (el) => el.contains(document.activeElement) && document.activeElement !== document.body;
  const reading = (el) => {
    const chosen = document.getSelection();
    return chosen && !chosen.isCollapsed && el.contains(chosen.anchorNode);
  };
  const swap = (next, force) => {
    for (const old of document.querySelectorAll("[data-live][id]")) {
      const fresh = next.getElementById(old.id);
      if (!fresh || !old.isConnected || old.innerHTML === fresh.innerHTML) continue;
      if (!force && (busy(old) || reading(old))) continue;
      const known = new Set([...old.querySelectorAll("[data-key]")].map((row) => row.dataset.key));
      for (const row of fresh.querySelectorAll("[data-key]")) {
        if (!force && known.size && !known.has(row.dataset.key)) row.classList.add("fresh");
      }
      old.replaceWith(document.adoptNode(fresh));
      dress(document.getElementById(old.id));
    }
    tick();
  };
  let asked = 0;
  const redraw = async (address, force) => {
    const mine = ++asked;
    const answer = await fetch(address, { headers: { accept: "text/html" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected || mine !== asked) return false;
    swap(new DOMParser().parseFromString(await answer.text(), "text/html"), force);
    return true;
  };

  // Fetching a page is using the session. One that nobody touches any more must be able to end.
  const QUIET = 15 * 60 * 1000;
  let touched = Date.now();
  for (const kind of ["pointermove", "keydown", "wheel", "touchstart"]) {
    document.addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
  }

  const follow = (address) => {
    let waiting = null;
    const soon = () => {
      if (waiting || document.hidden || Date.now() - touched > QUIET) return;
      waiting = setTimeout(() => { waiting = null; redraw(location.href, false).catch(() => {}); }, 1000);
    };
    const stream = new EventSource(address);
    stream.addEventListener("changed", soon);
    stream.addEventListener("message", soon);
    document.addEventListener("visibilitychange", soon);
  };

  // ── filter as one types ──
  const filter = (form) => {
    let waiting = null;
    const run = () => {
      const query = new URLSearchParams(new FormData(form));
      for (const [name, value] of [...query]) if (!value) query.delete(name);
      const address = form.getAttribute("action") + (query.size ? "?" + query : "");
      redraw(address, true)
        .then((done) => { if (done) history.replaceState(null, "", address); else form.submit(); })
        .catch(() => {});
    };
    const soon = () => { clearTimeout(waiting); waiting = setTimeout(run, 250); };
    // Lists of some phones tell a choice by its end alone.
    form.addEventListener("input", soon);
    form.addEventListener("change", soon);
    form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); run(); });
  };

  // ── a question before what is hard to miss ──
  const make = (tag, className, text) => {
    const el = document.createElement(tag);
    el.className = className;
    el.textContent = text;
    return el;
  };
  const ask = (form, button) => {
    const dialog = document.createElement("dialog");
    const row = make("div", "buttons", "");
    const back = make("button", "", "Go back");
    const go = make("button", "danger", button ? button.textContent.trim() : "Go on");
    const question = make("p", "notice-title", form.dataset.confirm);
    question.id = "question";
    dialog.setAttribute("aria-labelledby", "question");
    row.append(back, go);
    dialog.append(question, row);
    back.addEventListener("click", () => dialog.close());
    go.addEventListener("click", () => { form.dataset.sure = "yes"; dialog.close(); form.requestSubmit(button || undefined); });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    back.focus();
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.confirm || form.dataset.sure) return;
    event.preventDefault();
    ask(form, event.submitter);
  });

  // ── buttons that copy ──
  const dress = (within) => {
    if (!navigator.clipboard) return;
    for (const code of within.querySelectorAll("[data-copy]")) {
      const button = make("button", "copy", "Copy");
      button.type = "button";
      button.setAttribute("aria-label", "Copy " + code.textContent);
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
      code.removeAttribute("data-copy");
      code.after(button);
    }
  };

  dress(document);
  tick();
  setInterval(tick, 5000);
  document.querySelectorAll("form[data-filter]").forEach(filter);
  // An answer on its way to a client. One form, and only where the page is about nothing else.
  const onward = document.querySelector("form[data-onward]");
  if (onward) onward.requestSubmit();
  if (document.body.dataset.stream && window.EventSource) follow(document.body.dataset.stream);
})();
