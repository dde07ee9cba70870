// The truth travels with the question, so that the reveal waits for nobody; what counts is what the server keeps.
// An answer is sent at once and again until it is acknowledged: the server takes each number of a client once.

const MARKUP = `
  <div class="quiz" role="group" aria-label="Quiz" tabindex="-1">
    <div class="board">
      <div class="left">
        <div class="stage" tabindex="0" role="img"><img alt="" draggable="false"><span class="ring" hidden></span>
          <div class="trouble" hidden>This cell's picture cannot be had any more. Go on with the next one.</div>
          <div class="tags"></div></div>
        <div class="tools">
          <button type="button" data-do="out" aria-label="Smaller">−</button><button type="button" data-do="in" aria-label="Larger">+</button>
          <button type="button" data-do="field" aria-pressed="false">In its field</button>
          <span class="grow"></span><button type="button" data-do="help" aria-expanded="false">Keys <kbd>?</kbd></button>
        </div>
        <div class="tally"></div>
        <div class="help" hidden></div>
      </div>
      <div class="right"></div>
    </div>
    <div class="end" hidden></div>
    <div class="quiet" aria-live="polite"></div>
  </div>`;

const KEYS = [
  ["a letter", "names the cell"], ["Enter, Space or →", "the next cell"], ["+ and −", "larger, smaller; also the wheel"],
  ["Shift F", "the cell in its field, and back"], ["drag", "moves the picture; a double click puts it back"], ["?", "this list"],
];

function element(tag, kind, ...inside) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  made.append(...inside);
  return made;
}

function makeQuiz(root) {
  root.innerHTML = MARKUP;
  const at = (name) => root.querySelector(name);
  const stage = makeStage(at(".stage"));
  const me = { client: crypto.randomUUID(), number: 0, unsent: [], sent: 0, item: null, given: null, since: 0 };
  let data = null, send = () => {};
  at(".quiz").dataset.made = me.client;

  const cls = (code) => data.classes.find((one) => one.code === code) ?? { code, name: code, colour: "#8796a5", key: "" };

  function update(next, setTriggerValue) {
    const first = !data;
    data = next;
    send = (batch) => setTriggerValue("batch", batch);
    if (data.ack?.client === me.client) {
      me.unsent = me.unsent.filter((one) => one.number > data.ack.number);
      me.sent = 0;
    }
    tally();
    if (!me.item) ask();
    if (first) at(".quiz").focus({ preventScroll: true }); // the field that chose this practice would take the keys
    flush();
    preload();
  }

  function flush() { // one batch at a time: a second one before the first is answered would replace it
    if (!me.unsent.length || (me.sent && Date.now() - me.at < 5000)) return;
    me.sent = me.unsent.length;
    me.at = Date.now();
    send({ client: me.client, answers: me.unsent });
  }

  function ask() {
    const waiting = new Set(me.unsent.map((one) => one.id));
    const next = data.queue.find((one) => !waiting.has(one.id));
    const over = !next && !me.unsent.length;
    at(".board").hidden = over;
    at(".end").hidden = !over;
    if (!next) {
      me.item = null;
      if (over) at(".end").replaceChildren(element("b", "", data.end.title), document.createTextNode(data.end.text));
      return;
    }
    Object.assign(me, { item: next, given: null, since: performance.now() });
    stage.show(next);
    at(".stage").setAttribute("aria-label", "A cell to be named");
    const field = at("[data-do=field]");
    field.hidden = !next.field;
    field.setAttribute("aria-pressed", "false");
    tags();
    choices();
    preload();
  }

  function tags() {
    const drawn = me.item.synthetic ? [element("span", "tag synthetic", "synthetic")] : [];
    const again = me.item.missed ? [element("span", "tag", "you missed this one before")] : [];
    at(".tags").replaceChildren(...drawn, ...again);
  }

  function choices() {
    const list = element("div", "choices");
    for (const one of data.classes) {
      const swatch = element("i", "swatch"), button = element("button", "", swatch, ...(one.key ? [element("kbd", "", one.key.toUpperCase())] : []), element("span", "name", one.name));
      swatch.style.setProperty("--c", one.colour);
      button.type = "button";
      button.dataset.code = one.code;
      button.onclick = () => answer(one.code);
      list.append(button);
    }
    const hint = element("p", "hint", "Press a key or click. What counts is the first answer to a cell. " + data.rule);
    at(".right").replaceChildren(element("h3", "", "Which class is it?"), list, hint);
  }

  function answer(code) {
    if (!me.item || me.given !== null) return;
    me.given = code;
    me.number += 1;
    const seconds = Math.round((performance.now() - me.since) / 10) / 100;
    me.unsent.push({ number: me.number, id: me.item.id, given: code, seconds });
    reveal();
    flush();
  }

  function reveal() {
    const item = me.item, right = me.given === item.truth, truth = cls(item.truth), given = cls(me.given);
    const verdict = element("div", `verdict ${right ? "yes" : "no"}`, element("b", "", right ? "✓ Right" : "✗ Not quite"),
      element("span", "", right ? `${truth.name}.` : `You said ${given.name}; it is ${truth.name}.`));
    const parts = [verdict, element("p", "who", `${item.said}.`)];
    const told = right ? truth.look : data.apart[item.truth]?.[me.given] || truth.look;
    if (told) parts.push(element("p", "apart", told));
    parts.push(beside(truth, right ? "More of this class" : `So it looks: ${truth.name}`));
    if (!right) parts.push(beside(given, `What you said: ${given.name}`));
    parts.push(model(item));
    const next = element("button", "next", "Next cell", element("kbd", "", "Enter"));
    next.type = "button";
    next.onclick = ask;
    verdict.append(next);
    at(".right").replaceChildren(...parts.filter(Boolean));
    at(".quiet").textContent = right ? `Right: ${truth.name}.` : `It is ${truth.name}; you said ${given.name}.`;
    at(".stage").setAttribute("aria-label", truth.name);
  }

  function beside(one, words) {
    const cells = (data.examples[one.code] ?? []).filter((cell) => cell.id !== me.item.id);
    if (!cells.length) return null;
    const swatch = element("i", "swatch"), row = element("div", "beside");
    swatch.style.setProperty("--c", one.colour);
    for (const cell of cells) {
      const picture = element("img");
      picture.src = cell.src;
      picture.alt = one.name;
      const figure = element("figure", "", picture, element("figcaption", "", cell.said));
      figure.style.setProperty("--c", one.colour);
      row.append(figure);
    }
    return element("div", "part", element("div", "head", swatch, words), row);
  }

  function model(item) {
    if (!item.call) return element("p", "set", "No model looked at this cell.");
    const bars = element("div", "bars");
    for (const [code, share, text] of item.call.shares) {
      const fill = element("i");
      fill.style.cssText = `width:${100 * share}%; --c:${cls(code).colour}`;
      bars.append(element("span", "", cls(code).name), element("div", "bar", fill), element("span", "", text));
    }
    return element("div", "part", element("div", "head", `What the model called it: ${cls(item.call.label).name}`), bars,
      element("p", "set", item.call.possible));
  }

  function tally() {
    const { done, total, text, due } = data.tally, rail = element("div", "rail"), fill = element("i");
    fill.style.width = total ? `${(100 * done) / total}%` : "0";
    rail.append(fill);
    const bold = element("b", "", data.tally.right);
    at(".tally").replaceChildren(...(total ? [rail] : []), bold, ` ${text}`, element("br"), due);
  }

  function preload() { // the next pictures, and the examples of what they truly are, lie ready before they are asked for
    if (!data || !me.item) return;
    const soon = [me.item, ...data.queue.slice(0, 3)];
    const wanted = [...soon.map((one) => one.src), ...soon.flatMap((one) => (data.examples[one.truth] ?? []).map((cell) => cell.src))];
    for (const source of wanted) {
      if (!preload.known.has(source)) {
        preload.known.add(source);
        new Image().src = source;
      }
    }
  }
  preload.known = new Set();

  function preloadRest() { // then, one after another, the examples of every class: what will be answered is not known
    const rest = Object.values(data?.examples ?? {}).flat().find((cell) => !preload.known.has(cell.src));
    if (!rest || !root.isConnected) return;
    const picture = new Image();
    preload.known.add(rest.src);
    picture.onload = picture.onerror = () => setTimeout(preloadRest, 800);
    picture.src = rest.src;
  }
  setTimeout(preloadRest, 4000);

  function help() {
    const box = at(".help");
    if (!box.firstChild) {
      const list = element("dl");
      for (const [key, words] of KEYS) list.append(element("dt", "", element("kbd", "", key)), element("dd", "", words));
      box.append(list);
    }
    box.hidden = !box.hidden;
    at("[data-do=help]").setAttribute("aria-expanded", String(!box.hidden));
  }

  const deeds = { in: () => stage.zoom(1.3), out: () => stage.zoom(1 / 1.3), help, field() {
    if (!me.item?.field) return;
    stage.field();
    at("[data-do=field]").setAttribute("aria-pressed", String(stage.inField()));
  } };
  for (const button of root.querySelectorAll("[data-do]")) button.onclick = deeds[button.dataset.do];

  function pressed(event) {
    const path = event.composedPath(), first = path[0];
    if (!root.isConnected) return stop();
    if (globalThis.hemaboardQuiz !== root) return; // another practice was chosen, and this one is about to go
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !me.item) return;
    if (first instanceof Element && first.closest("input, textarea, select, [contenteditable=true], [role=combobox], [role=dialog]")) return;
    const inside = path.includes(root) || first === document.body;
    const onButton = first instanceof Element && first.closest("button, a, summary");
    const one = event.shiftKey ? null : data.classes.find((kind) => kind.key && kind.key === event.key);
    let deed = null;
    if (one && me.given === null) deed = () => answer(one.code);
    else if (me.given !== null && inside && (event.key === "ArrowRight" || (!onButton && ["Enter", " "].includes(event.key)))) deed = ask;
    else if (event.key === "?") deed = help;
    else if (event.key === "+" || event.key === "=") deed = deeds.in;
    else if (event.key === "-") deed = deeds.out;
    else if (event.shiftKey && event.key === "F") deed = deeds.field;
    else if (one) deed = () => {}; // no letter of ours becomes a shortcut of the page
    if (!deed) return;
    event.preventDefault();
    event.stopPropagation();
    if (onButton && !path.includes(root)) first.blur();
    deed();
  }
  function stop() { // the component left the page
    document.removeEventListener("keydown", pressed, true);
    clearInterval(again);
    stage.stop();
  }

  document.addEventListener("keydown", pressed, true);
  const again = setInterval(() => (root.isConnected ? flush() : stop()), 6000);
  return { update };
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".place");
  if (!root.quiz) globalThis.hemaboardQuiz = root;
  (root.quiz ??= makeQuiz(root)).update(data, setTriggerValue);
}
