// The field viewer itself: which field, which cell, what is said of it. drawing.js and hand.js stand in front of it.

const MARKUP = `
  <div class="bar">
    <button class="sign" data-do="before" aria-label="Field before">‹</button>
    <select aria-label="Field"></select>
    <button class="sign" data-do="after" aria-label="Next field">›</button>
    <span class="grow"></span>
    <button data-do="outlines" aria-pressed="true">Outlines</button>
    <button class="sign" data-do="out" aria-label="Zoom out">−</button>
    <button class="sign" data-do="in" aria-label="Zoom in">+</button>
    <button data-do="fit">Whole field</button>
    <span class="zoom" title="screen pixels a picture pixel"></span>
  </div>
  <div class="body">
    <div class="stage">
      <canvas tabindex="0" role="application" aria-describedby="keys"></canvas>
      <div class="scale"></div><div class="tip" hidden></div><div class="told" hidden></div>
    </div>
    <div class="side"></div>
  </div>
  <div class="classes" role="group" aria-label="Classes whose outlines are shown"></div>
  <p class="seen" id="keys">Arrows move, plus and minus zoom, 0 shows the whole field, n and p go from cell to cell,
    Enter finds the cell in the gallery, page up and page down change the field, Escape lets go of the cell.</p>
  <p class="seen" aria-live="polite"></p>`;

// What a person chose stays while the page lives, also when another section was looked at meanwhile.
const memory = (globalThis.hemaboardFields ??= new Map());

class Viewer {
  constructor(root) {
    this.root = root;
    this.root.innerHTML = MARKUP;
    this.canvas = root.querySelector("canvas");
    this.stage = root.querySelector(".stage");
    this.view = new View();
    this.cells = [];
    this.picked = this.over = -1;
    this.colour = (k) => this.colourOf(k);
    this.sizes = new ResizeObserver(() => this.laid());
    this.sizes.observe(this.stage);
    wired(this);
  }

  // New data: labels may have changed, the view stays.
  given(data, send) {
    const first = !this.data, called = this.data?.pages.map((page) => page.called).join("|");
    this.data = data;
    this.send = send;
    this.kept = memory.get(data.name) ?? memory.set(data.name, { field: "", hidden: new Set(), views: {}, focus: "" }).get(data.name);
    this.root.style.setProperty("--tall", `${data.tall}px`);
    if (!data.pages.length) return this.tell("This case has no field to show.");
    if (first) this.root.querySelector("select").replaceChildren(...data.pages.map((page) => new Option(page.name, page.id)));
    const asked = data.focus && data.focus.cell !== this.kept.focus ? data.focus : null;
    if (asked) this.kept.focus = asked.cell;
    const turned = data.turned && data.turned !== this.kept.turned ? data.turned.split(" ").pop() : "";
    this.kept.turned = data.turned;
    const wanted = asked?.field || turned || this.page?.id || this.kept.field || data.pages[0].id;
    const page = data.pages.find((one) => one.id === wanted) ?? data.pages[0];
    if (turned || (asked && data.comes)) this.root.scrollIntoView({ block: "nearest", behavior: "smooth" });
    if (page.id !== this.page?.id) this.open(page, asked?.cell ?? this.kept.cell);
    else {
      this.page = page;
      this.view.of(page);
      if (asked) this.go(asked.cell);
      else if (called !== data.pages.map((one) => one.called).join("|")) this.side();
      this.legend();
      this.paint();
    }
  }

  async open(page, cell = "") {
    this.page = page;
    this.kept.field = page.id;
    this.root.querySelector("select").value = page.id;
    this.cells = [];
    this.picture = this.last = null;
    this.gliding = false;
    this.picked = this.over = -1;
    const before = this.kept.views[page.id];
    this.view = Object.assign(new View(), before ?? {}).of(page);
    this.laid();
    this.legend();
    this.side();
    this.tell("Loading the field…");
    try {
      const [sheet, picture] = await Promise.all([fetched(page.outlines), loaded(page.picture)]);
      if (this.page.id !== page.id) return;
      this.cells = shaped(sheet);
      this.picture = picture;
      this.tell("");
      cell && this.page.cells.includes(cell) ? this.go(cell, !before) : this.side();
    } catch {
      if (this.page.id === page.id) this.tell("This field could not be loaded. Open the case again.");
    }
    this.paint();
  }

  // The picture on screen has at most 1600 pixels a side; a closer look gets all of them.
  async closer() {
    const page = this.page;
    if (!this.picture || this.picture.whole || page.width * this.view.scale <= this.picture.naturalWidth * 1.3) return;
    if (this.picture.naturalWidth >= page.width) return;
    this.picture.whole = true;
    const whole = await loaded(`${page.picture}&whole=1`).catch(() => null);
    if (!whole || this.page.id !== page.id) return;
    whole.whole = true;
    this.picture = whole;
    this.paint();
  }

  colourOf(k) {
    const place = this.page.called[k];
    if (this.kept.bare || this.kept.hidden.has(place)) return "";
    return place < 0 ? NONE : this.data.classes[place].colour;
  }
  nameOf(k) {
    const place = this.page.called[k];
    return place < 0 ? "no call" : this.data.classes[place].name;
  }

  go(cell, zoom = true) {
    this.picked = this.page.cells.indexOf(cell);
    this.kept.cell = cell;
    if (this.cells[this.picked] && zoom) this.view.onto(this.cells[this.picked].box);
    this.side();
    this.paint();
  }
  pick(k) {
    this.picked = k;
    this.kept.cell = this.page.cells[k] ?? "";
    this.side();
    this.paint();
  }
  find() {
    if (this.picked < 0 || !this.data.finds) return;
    this.kept.focus = this.page.cells[this.picked]; // it is in view already: no need to jump there
    this.send("found", { cell: this.kept.focus, at: Date.now() });
  }
  step(by) { // to the next cell in reading order that is shown
    const order = this.cells.map((_, k) => k).filter((k) => this.colour(k));
    if (!order.length) return;
    const place = order.indexOf(this.picked);
    this.picked = order[(place < 0 ? (by > 0 ? 0 : order.length - 1) : place + by + order.length) % order.length];
    this.go(this.page.cells[this.picked]);
  }
  turn(by) {
    const pages = this.data.pages, place = pages.findIndex((one) => one.id === this.page.id);
    this.open(pages[(place + by + pages.length) % pages.length]);
  }

  laid() {
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth || !this.page) return;
    this.view.sized(clientWidth, clientHeight);
    this.paint();
  }
  paint() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      if (!this.page || !this.view.scale) return;
      this.laidOut();
      const { scale, x, y, wide, tall } = this.view;
      this.kept.views[this.page.id] = { scale, x, y, wide, tall };
      this.canvas.style.touchAction = this.view.fits ? "pan-x pan-y" : "none"; // a finger scrolls the page past it
      this.root.querySelector(".zoom").textContent = `${Math.round(scale * 100)} %`;
      this.root.querySelector("[data-do=out]").disabled = this.view.fits;
      const length = bar(this.view), box = this.root.querySelector(".scale");
      box.innerHTML = length ? `${length.length} µm<i></i>` : "scale unknown";
      if (length) box.querySelector("i").style.width = `${length.pixels.toFixed(1)}px`;
      this.closer();
    });
  }
  laidOut() {
    if (this.gliding && this.last) {
      moved(this.canvas, this.view, this.picture, this.last);
      clearTimeout(this.rest);
      this.rest = setTimeout(() => { this.gliding = false; this.paint(); }, 140);
      return;
    }
    drawn(this.canvas, this.view, this);
    this.last = this.cells.length > CROWD ? remembered(this.canvas, this.view) : null;
  }
  tell(words) {
    const told = this.root.querySelector(".told");
    told.textContent = words;
    told.hidden = !words;
  }

  legend() {
    const counts = new Map();
    for (const place of this.page.called) counts.set(place, (counts.get(place) ?? 0) + 1);
    const places = [...counts.keys()].sort((a, b) => (a < 0) - (b < 0) || a - b);
    const chips = places.map((place) => {
      const { name, colour } = place < 0 ? { name: "no call", colour: NONE } : this.data.classes[place];
      const chip = element("button", `${name} ${counts.get(place)}`, { "aria-pressed": String(!this.kept.hidden.has(place)) });
      chip.dataset.place = place;
      chip.style.setProperty("--c", colour);
      chip.prepend(document.createElement("i"));
      return chip;
    });
    const all = element("button", places.some((place) => this.kept.hidden.has(place)) ? "Show all" : "Hide all", {});
    all.dataset.place = "all";
    const held = this.root.getRootNode().activeElement?.dataset?.place;
    this.root.querySelector(".classes").replaceChildren(...chips, ...(chips.length > 1 ? [all] : []));
    if (held !== undefined) this.root.querySelector(`.classes [data-place="${held}"]`)?.focus();
    this.canvas.setAttribute("aria-label", `${this.page.name}: ${this.page.cells.length} cells outlined`);
    const outlines = this.root.querySelector("[data-do=outlines]");
    outlines.setAttribute("aria-pressed", String(!this.kept.bare));
    outlines.textContent = this.kept.bare ? "Show outlines" : "Hide outlines";
  }
  shows(place) {
    const hidden = this.kept.hidden;
    if (place === "all") {
      const here = new Set(this.page.called);
      if ([...here].some((one) => hidden.has(one))) hidden.clear(); else here.forEach((one) => hidden.add(one));
    } else hidden.has(+place) ? hidden.delete(+place) : hidden.add(+place);
    this.legend();
    this.paint();
  }

  side() {
    const side = this.root.querySelector(".side"), cell = this.cells[this.picked];
    if (!cell) {
      const hint = ["Click a cell to see it.", "The wheel zooms, dragging moves. With the keyboard: arrows, +, −, 0, n and p."];
      side.replaceChildren(...hint.map((words) => element("p", words, { class: "soft" })));
      return;
    }
    const box = element("div", "", { class: "cell" }), words = element("div", "");
    const crop = element("img", "", { class: "crop", alt: `the cell, called ${this.nameOf(this.picked)}`, src: cell.crop });
    crop.addEventListener("load", () => crop.classList.toggle("strip", crop.naturalWidth > 2 * crop.naturalHeight));
    words.append(element("h4", this.nameOf(this.picked)));
    for (const line of this.lines(cell)) words.append(element("p", line, { class: "soft" }));
    const said = this.data.reviews[cell.id] ?? [];
    if (said.length) {
      const list = element("ul", "");
      list.append(...said.map((line) => element("li", line)));
      words.append(element("p", said.length > 1 ? `${said.length} reviews` : "Reviewed", { class: "soft" }), list);
    }
    box.append(crop, words);
    side.replaceChildren(box, this.chances(cell));
    if (this.data.finds) {
      const find = element("button", this.data.finds, { class: "find" });
      find.dataset.do = "find";
      side.append(find);
    }
    this.root.querySelector("[aria-live]").textContent = `${this.nameOf(this.picked)}. ${this.lines(cell).join(" ")}`;
  }
  lines(cell) {
    const name = (code) => this.data.classes.find((one) => one.code === code)?.name ?? code;
    const machine = cell.call ? name(cell.call) : "no call", lines = [];
    if (machine !== this.nameOf(this.picked)) lines.push(`The classifier said ${machine}.`);
    if (cell.possible) lines.push(`Possible: ${cell.possible.map(name).join(" or ")}.`);
    if (cell.odd) lines.push("Unlike the cells the classifier was calibrated on.");
    if (cell.um) lines.push(`${cell.um} µm across.`);
    if (cell.edge) lines.push("Cut by the edge of the field.");
    return lines;
  }
  chances(cell) {
    const box = element("dl", "", { class: "chances", "aria-label": "Probabilities by the classifier" });
    for (const [code, chance] of (cell.chances ?? []).slice(0, 5)) {
      const cls = this.data.classes.find((one) => one.code === code);
      const name = element("dt", cls?.name ?? code);
      name.style.setProperty("--w", `${chance * 100}%`);
      name.style.setProperty("--c", cls?.colour ?? NONE);
      box.append(name, element("dd", `${Math.round(chance * 100)} %`));
    }
    return box;
  }

  moving(act) {
    if (!this.page) return;
    act();
    this.gliding = this.cells.length > CROWD;
    this.paint();
  }

  under(x, y) {
    return this.page && this.cells.length ? under(this.cells, ...this.view.at(x, y), this.colour) : -1;
  }
  hover(k, x = 0, y = 0) {
    const tip = this.root.querySelector(".tip"), cell = this.cells[k];
    this.canvas.classList.toggle("over", k >= 0);
    tip.hidden = !cell;
    if (cell) {
      const chance = cell.chances?.find(([code]) => code === this.data.classes[this.page.called[k]]?.code)?.[1];
      tip.textContent = this.nameOf(k) + (chance === undefined ? "" : `, ${Math.round(chance * 100)} %`);
      tip.style.left = `${Math.min(Math.max(x, 60), this.view.wide - 60)}px`;
      tip.style.top = `${Math.max(y, 36)}px`;
    }
    if (k !== this.over) { this.over = k; this.paint(); }
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".viewer");
  (root.viewer ??= new Viewer(root)).given(data, setTriggerValue);
}
