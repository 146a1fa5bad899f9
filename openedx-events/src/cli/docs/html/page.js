"use strict";
(() => {
  const form = document.querySelector("form");
  const input = form.querySelector("input[type=search]");
  const answer = form.querySelector("output");
  const said = document.getElementById("said");
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const groups = [...document.querySelectorAll("main section")].map((section) => ({ section, events: [] }));
  const events = groups.flatMap((group) => {
    group.events = [...group.section.querySelectorAll("article")].map((article) => ({
      article,
      details: article.firstElementChild,
      summary: article.querySelector("summary"),
      marks: article.dataset.is || "",
      text: textOf(article),
      visible: textsIn(article.querySelector("summary")),
    }));
    return group.events;
  });

  const filters = events.filter(({ marks }) => marks.includes("filter")).length;
  const counted = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;
  const all = counted(events.length - filters, "event") + (filters ? ` and ${counted(filters, "filter")}` : "");

  // The schema repeats the fields. What is said of an event is enough.
  function textOf(article) {
    const parts = [...article.querySelectorAll("summary > *, .body > p, dl, th, td, .diff")];
    return parts.map((part) => part.textContent).join("\n").toLowerCase();
  }

  // The texts that are searched for what is to be marked.
  function textsIn(element) {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node; (node = texts.nextNode());) {
      const lower = node.data.toLowerCase();
      // Positions are those of the text itself.
      if (lower.trim() && lower.length === node.length) found.push({ node, lower });
    }
    return found;
  }

  function search() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = boxes.filter((box) => box.checked).map((box) => box.value);
    let count = 0;
    for (const { section, events } of groups) {
      let some = false;
      for (const event of events) {
        const found = words.every((word) => event.text.includes(word))
          && wanted.every((mark) => event.marks.includes(mark));
        if (event.article.hidden === found) event.article.hidden = !found;
        some ||= found;
        count += found;
      }
      if (section.hidden === some) section.hidden = !some;
    }
    if (!words.length && !wanted.length) answer.value = all;
    else if (count) answer.value = `${count} of ${all}`;
    else answer.value = `No event ${filters ? "or filter " : ""}has all of this. Escape clears the search.`;
    highlight(words);
  }

  // Marks the words in what is visible of each event, without changing the document.
  function highlight(words) {
    if (!window.Highlight) return;
    CSS.highlights.delete("found");
    if (!words.length) return;
    const found = new Highlight();
    for (const { article, visible } of events) {
      if (article.hidden) continue;
      for (const { node, lower } of visible) {
        for (const word of words) {
          for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + word.length)) {
            found.add(new StaticRange({ startContainer: node, startOffset: at, endContainer: node, endOffset: at + word.length }));
          }
        }
      }
    }
    CSS.highlights.set("found", found);
  }

  function remember() {
    const url = new URL(location.href);
    if (input.value.trim()) url.searchParams.set("q", input.value.trim());
    else url.searchParams.delete("q");
    replace(url);
  }

  // Some browsers refuse it for a page that was opened as a file. Then the address stays as it is.
  function replace(url) {
    try {
      history.replaceState(null, "", url);
    } catch { /* nothing depends on it */ }
  }

  function clear() {
    input.value = "";
    for (const box of boxes) box.checked = false;
    search();
    remember();
  }

  const shown = () => events.filter(({ article }) => !article.hidden);

  function move(step) {
    const list = shown();
    const at = list.findIndex(({ article }) => article.contains(document.activeElement));
    if (at < 0 && step < 0) return;
    if (at === 0 && step < 0) return input.focus();
    const next = list[at < 0 ? 0 : Math.min(at + step, list.length - 1)];
    if (!next) return;
    next.summary.focus({ preventScroll: true });
    next.article.scrollIntoView({ block: "nearest" });
  }

  // What only an open event needs, made when it is opened for the first time.
  function furnish(article) {
    if (article.dataset.furnished) return;
    article.dataset.furnished = "yes";
    // On a phone rows are blocks, which some browsers do not take for a table any more.
    for (const [what, role] of [["table", "table"], ["tr", "row"], ["tbody th", "rowheader"], ["thead th", "columnheader"], ["td", "cell"], ["thead, tbody", "rowgroup"]]) {
      for (const element of article.querySelectorAll(what)) element.setAttribute("role", role);
    }
    for (const pre of article.querySelectorAll("pre")) {
      if (pre.dataset.is === "schema") pre.textContent = JSON.stringify(JSON.parse(pre.textContent), null, 2);
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.setAttribute("aria-label", `Copy the ${pre.dataset.is}`);
      button.addEventListener("click", () => copy(pre, button));
      pre.before(button);
    }
  }

  async function copy(pre, button) {
    let copied = true;
    said.textContent = "";
    try {
      await navigator.clipboard.writeText(pre.textContent);
    } catch {
      getSelection().selectAllChildren(pre);
      copied = document.execCommand("copy");
    }
    button.textContent = copied ? "Copied" : "Press Ctrl+C";
    said.textContent = copied ? `The ${pre.dataset.is} has been copied.` : "It is selected: press Ctrl+C.";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  // A link to an event opens it.
  function follow() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const event = events.find(({ article }) => article === target);
    if (!event) return;
    if (event.article.hidden) clear();
    furnish(event.article);
    event.details.open = true;
    event.summary.focus({ preventScroll: true });
    event.article.scrollIntoView({ behavior: "instant" });
  }

  document.addEventListener("toggle", ({ target }) => {
    const article = target.parentElement;
    if (article.tagName !== "ARTICLE") return;
    if (target.open) {
      furnish(article);
      replace(new URL(`#${article.id}`, location.href));
    } else if (location.hash === `#${article.id}`) {
      const url = new URL(location.href);
      url.hash = "";
      replace(url);
    }
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const focused = document.activeElement;
    const typing = focused === input;
    const among = focused.tagName === "SUMMARY";
    if (event.key === "/" && !typing) {
      input.focus();
      input.select();
    } else if (event.key === "Escape") {
      clear();
      input.focus();
    } else if (event.key === "Enter" && typing) {
      const words = input.value.toLowerCase().split(/\s+/);
      const first = shown().find(({ article }) => words.every((word) => article.id.includes(word))) || shown()[0];
      if (first) {
        first.details.open = true;
        first.summary.focus({ preventScroll: true });
        first.article.scrollIntoView({ block: "start" });
      }
    } else if ((event.key === "ArrowDown" && (typing || among)) || (event.key === "j" && !typing)) {
      move(1);
    } else if ((event.key === "ArrowUp" && among) || (event.key === "k" && !typing)) {
      move(-1);
    } else {
      return;
    }
    event.preventDefault();
  });

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { search(); remember(); });
  addEventListener("hashchange", follow);
  input.value = new URL(location.href).searchParams.get("q") || "";
  search();
  follow();
  // Then the browser goes to the fragment itself, and takes the focus away.
  addEventListener("load", () => requestAnimationFrame(() => {
    if (document.activeElement === document.body) follow();
  }));
})();
