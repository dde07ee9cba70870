// The slide viewer itself: what is looked at, which regions there are, what is said of them.

const MARKUP = `
  <div class="bar">
    <button data-do="draw" class="edits" aria-pressed="false">Draw a region</button>
    <button data-do="add" class="edits">Add one in view</button>
    <button data-do="remove" class="edits">Remove</button>
    <span class="grow"></span>
    <button data-do="regions" aria-pressed="true">Regions</button>
    <button data-do="cells" aria-pressed="true">Cells</button>
    <button class="sign" data-do="out" aria-label="Zoom out">−</button>
    <button class="sign" data-do="in" aria-label="Zoom in">+</button>
    <button data-do="fit">Whole slide</button>
    <span class="zoom" title="µm of the slide a screen pixel"></span>
  </div>
  <div class="body">
    <div class="stage">
      <canvas class="large" tabindex="0" role="application" aria-describedby="slide-keys"></canvas>
      <canvas class="small" aria-hidden="true"></canvas>
      <div class="scale"></div><div class="tip" hidden></div><div class="told" role="status" hidden></div>
    </div>
    <div class="side"></div>
  </div>
  <div class="classes" role="group" aria-label="Classes whose cells are shown" hidden></div>
  <p class="seen" id="slide-keys">Arrows move the view, or the picked region; with shift they change its size. Plus and minus
    zoom, 0 shows the whole slide, n and p pick the next and the previous region, r adds one in the middle of the view, d
    draws one with the mouse, Enter goes to the picked region, Delete removes it, Escape lets go.</p>
  <p class="seen" aria-live="polite"></p>`;

const HINT = ["Click a region to pick it: drag it, or pull its corners. The wheel zooms, dragging beside it moves the view.",
  "Keyboard: n and p pick, arrows move, shift and arrows resize, r adds, Delete removes."];

// What a person chose stays while the page lives.
const memory = (globalThis.hemaboardSlides ??= new Map());

class SlideView extends View {
  get most() { return Math.max(4, this.least * 8); }
  onto(box, part = 0.6) { // the region with something around it
    const [wide, tall] = [box[2] - box[0] || 1, box[3] - box[1] || 1];
    this.scale = Math.min(this.most, Math.max(this.least, part * Math.min(this.wide / wide, this.tall / tall)));
    this.centred((box[0] + box[2]) / 2, (box[1] + box[3]) / 2);
  }
  centred(x, y) { this.x = this.wide / 2 - x * this.scale; this.y = this.tall / 2 - y * this.scale; this.held(); }
}

class Viewer {
  constructor(root) {
    this.root = root;
    root.innerHTML = MARKUP;
    this.canvas = root.querySelector("canvas.large");
    this.small = root.querySelector("canvas.small");
    this.stage = root.querySelector(".stage");
    this.view = new SlideView();
    this.pyramid = new Pyramid(() => this.paint(), (status) => this.failed(status));
    this.cells = new Cells(() => this.paint());
    this.regions = [];
    this.picked = "";
    new ResizeObserver(() => this.laid()).observe(this.stage);
    wired(this);
  }

  given(data, send) {
    this.data = data;
    this.send = send;
    this.slide = data.slide;
    this.kept = memory.get(data.name) ?? memory.set(data.name, { view: null, hidden: new Set(), off: new Set(), round: null, next: 1 }).get(data.name);
    this.view.of(data.slide);
    if (!this.view.scale && this.kept.view) Object.assign(this.view, this.kept.view);
    this.pyramid.of(data.slide);
    this.cells.of(data);
    this.root.style.setProperty("--tall", `${data.tall}px`);
    if (this.kept.round !== data.round) { // other regions than those that stand here
      this.kept.round = data.round;
      this.kept.regions = data.regions.map((one) => ({ ...one, id: `r${this.kept.next++}` }));
      this.picked = "";
    }
    this.regions = this.kept.regions;
    if (!data.editable) { this.picked = ""; this.drawing = false; }
    for (const button of this.root.querySelectorAll(".edits")) button.hidden = !data.editable;
    this.root.querySelector("[data-do=cells]").hidden = !data.fields?.length;
    this.laid(); this.side(); this.legend(); this.paint();
  }

  // --- regions

  pick(id, go = false) {
    this.picked = id;
    const one = this.one();
    if (one && go) this.bring(one.box);
    this.side(); this.paint();
    this.say(one ? this.worded(one) : "");
  }
  one() { return this.regions.find((one) => one.id === this.picked) ?? null; }
  bring(box) { // into view, if it is not there
    const [x0, y0] = this.view.at(0, 0), [x1, y1] = this.view.at(this.view.wide, this.view.tall);
    if (box[0] < x0 || box[1] < y0 || box[2] > x1 || box[3] > y1) this.view.onto(box);
  }
  toPicked() { const one = this.one(); if (one) this.moving(() => this.view.onto(one.box, 0.85)); }
  step(by) {
    if (!this.regions.length) return;
    const place = this.regions.findIndex((one) => one.id === this.picked);
    this.pick(this.regions[(place < 0 ? (by > 0 ? 0 : this.regions.length - 1) : place + by + this.regions.length) % this.regions.length].id, true);
  }
  add(box) {
    const made = { id: `r${this.kept.next++}`, box, own: true, score: null };
    this.regions.push(made);
    this.pick(made.id);
    this.changed();
  }
  addInView() {
    if (!this.data.editable) return;
    const [x0, y0] = this.view.at(0, 0), [x1, y1] = this.view.at(this.view.wide, this.view.tall);
    const box = between(x0 + (x1 - x0) * 0.3, y0 + (y1 - y0) * 0.3, x1 - (x1 - x0) * 0.3, y1 - (y1 - y0) * 0.3, this.slide);
    if (box) this.add(box); else this.say("Zoom out first: a region would be smaller than a field.");
  }
  remove() {
    const place = this.regions.findIndex((one) => one.id === this.picked);
    if (place < 0 || !this.data.editable) return;
    this.regions.splice(place, 1);
    this.picked = this.regions[Math.min(place, this.regions.length - 1)]?.id ?? "";
    this.changed();
    this.say("Region removed.");
    (this.root.querySelector(`.side [data-region="${this.picked}"]`) ?? this.canvas).focus();
  }
  arrow(dx, dy, shift) {
    const one = this.data.editable ? this.one() : null;
    if (!one) return this.moving(() => this.view.moved(-70 * dx, -70 * dy));
    const by = 16 / this.view.scale;
    one.box = shift ? stretched(one.box, [Math.abs(dx), Math.abs(dy)], dx * by, dy * by, this.slide) : movedBy(one.box, dx * by, dy * by, this.slide);
    one.own = true;
    this.bring(one.box);
    this.changed();
  }
  changed() {
    this.side(); this.paint();
    clearTimeout(this.later);
    this.later = setTimeout(() => this.send("regions", { boxes: this.regions.map(({ box, own, score }) => ({ box, own, score })), at: Date.now() }), 350);
  }
  drawMode(on) {
    this.drawing = on && this.data.editable;
    if (this.drawing) { this.picked = ""; this.say("Drag over the slide to draw a region."); }
    this.side(); this.paint();
  }
  // What follows the hand that was put down here; null: the view does.
  grasp(sx, sy, near = GRIP) {
    if (!this.data.editable) return null;
    const [px, py] = this.view.at(sx, sy), one = this.one(), grip = one && gripped(one.box, this.view, sx, sy, near);
    if (this.drawing) {
      const done = () => { this.rubber = null; this.paint(); };
      return {
        to: (x, y) => { this.rubber = between(px, py, ...this.view.at(x, y), this.slide); this.paint(); }, let: done,
        done: () => { const box = this.rubber; done(); this.drawMode(false); if (box) this.add(box); },
      };
    }
    if (!one || (!grip && !holds(one.box, px, py))) return null;
    const before = one.box, was = one.own;
    const back = () => { one.box = before; one.own = was; this.paint(); };
    return {
      to: (x, y) => {
        const [dx, dy] = [this.view.at(x, y)[0] - px, this.view.at(x, y)[1] - py];
        one.box = grip ? stretched(before, grip.edge, dx, dy, this.slide) : movedBy(before, dx, dy, this.slide);
        one.own = true;
        this.paint();
      }, let: back, done: () => this.changed(),
    };
  }
  click(sx, sy) { if (!this.drawing) this.pick(this.kept.off.has("regions") ? "" : regionAt(this.regions, ...this.view.at(sx, sy))?.id ?? ""); }
  cursor(sx, sy) {
    const one = this.data?.editable ? this.one() : null, grip = one && gripped(one.box, this.view, sx, sy);
    return this.drawing ? "crosshair" : grip ? grip.pointer : one && holds(one.box, ...this.view.at(sx, sy)) ? "move" : "grab";
  }

  hover(sx, sy) { // the class of the cell under the pointer
    const tip = this.root.querySelector(".tip"), shown = this.slide && !this.kept.off.has("cells");
    const place = shown ? this.cells.under(this.view, sx, sy, this.kept.hidden) : null;
    tip.hidden = place === null;
    if (tip.hidden) return;
    tip.textContent = this.data.classes[place]?.name ?? "no call";
    tip.style.left = `${Math.min(Math.max(sx, 60), this.view.wide - 60)}px`;
    tip.style.top = `${Math.max(sy, 36)}px`;
  }

  // --- drawing

  laid() {
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth || !this.slide) return;
    this.view.sized(clientWidth, clientHeight);
    const most = Math.min(170, clientWidth * 0.26), grown = Math.min(most / this.slide.width, (most * 0.8) / this.slide.height);
    this.small.style.width = `${Math.round(this.slide.width * grown)}px`;
    this.small.style.height = `${Math.round(this.slide.height * grown)}px`;
    this.paint();
  }
  moving(act) { if (this.slide && this.view.scale) { act(); this.paint(); } }
  paint() { this.waiting ||= requestAnimationFrame(() => { this.waiting = 0; if (this.slide && this.view.scale) this.drawn(); }); }
  drawn() {
    const dots = window.devicePixelRatio || 1, view = this.view, canvas = this.canvas;
    const [w, h] = [Math.round(view.wide * dots), Math.round(view.tall * dots)];
    if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
    const pen = canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, w, h);
    const there = this.pyramid.draw(pen, view, dots);
    if (!this.kept.off.has("cells")) this.cells.draw(pen, view, dots, { hidden: this.kept.hidden, um: this.slide.um_per_px });
    const named = this.regions.map((one, k) => ({ ...one, name: String(k + 1) }));
    if (!this.kept.off.has("regions")) drawnRegions(pen, view, dots, named, this.picked, this.data.editable);
    if (this.rubber) drawnRegions(pen, view, dots, [{ id: "", box: this.rubber, own: true }], "", false);
    this.overview(dots);
    this.words(there);
  }
  overview(dots) {
    const small = this.small, wide = parseFloat(small.style.width), tall = parseFloat(small.style.height);
    if (!wide) return;
    if (small.width !== Math.round(wide * dots)) { small.width = Math.round(wide * dots); small.height = Math.round(tall * dots); }
    const view = Object.assign(new SlideView().of(this.slide), { scale: wide / this.slide.width, x: 0, y: 0, wide, tall });
    const pen = small.getContext("2d"), whole = this.pyramid.tiles.get(`${this.pyramid.whole}/0/0`);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, small.width, small.height);
    if (whole) pen.drawImage(whole, 0, 0, small.width, small.height);
    pen.setTransform(dots, 0, 0, dots, 0, 0);
    pen.lineWidth = 1.2; pen.strokeStyle = "#0b5cab";
    for (const { box } of this.regions) { const [a, b, c, d] = onScreen(box, view); pen.strokeRect(a, b, c - a, d - b); }
    const [x0, y0] = this.view.at(0, 0), [x1, y1] = this.view.at(this.view.wide, this.view.tall);
    const [a, b, c, d] = onScreen([Math.max(0, x0), Math.max(0, y0), Math.min(this.slide.width, x1), Math.min(this.slide.height, y1)], view);
    pen.lineWidth = 2.4; pen.strokeStyle = "#c02040"; pen.strokeRect(a + 1, b + 1, Math.max(3, c - a - 2), Math.max(3, d - b - 2));
  }
  words(there) {
    const { scale, x, y, wide, tall } = this.view, um = this.slide.um_per_px;
    this.kept.view = { scale, x, y, wide, tall };
    this.canvas.style.touchAction = this.view.fits && !this.drawing && !this.picked ? "pan-x pan-y" : "none";
    this.root.querySelector(".zoom").textContent = um ? `${(um / scale).toPrecision(2)} µm/px` : `${Math.round(scale * 100)} %`;
    this.root.querySelector("[data-do=out]").disabled = this.view.fits;
    const length = bar(this.view), box = this.root.querySelector(".scale");
    const told = length && (length.length < 1000 ? `${length.length} µm` : `${length.length / 1000} mm`);
    box.innerHTML = length ? `${told}<i></i>` : "scale unknown";
    if (length) box.querySelector("i").style.width = `${length.pixels.toFixed(1)}px`;
    this.root.dataset.there = there; // every tile in view is on screen
    if (there) this.tell("");
  }
  failed(status) { this.tell(status === "403" ? "The slide's address has expired. Load the page again." : "A piece of the slide could not be read."); }
  tell(words) { const told = this.root.querySelector(".told"); told.textContent = words; told.hidden = !words; }
  say(words) { this.root.querySelector("[aria-live]").textContent = words; }

  // --- words beside the picture

  size(box) {
    const um = this.slide.um_per_px;
    return um ? `${((areaOf(box) * um * um) / 1e6).toPrecision(3)} mm²` : `${(areaOf(box) / 1e6).toPrecision(3)} megapixels`;
  }
  worded(one) {
    const kind = one.own ? "drawn here" : one.score == null ? "chosen" : `proposed, ${Math.round(one.score * 100)} of 100`;
    return `Region ${this.regions.indexOf(one) + 1}: ${this.size(one.box)}, ${kind}`;
  }
  side() {
    const side = this.root.querySelector(".side"), held = this.root.getRootNode().activeElement?.dataset?.region;
    const parts = [element("h4", this.regions.length === 1 ? "1 region" : `${this.regions.length} regions`)];
    for (const one of this.regions) {
      const row = element("button", this.worded(one), { "aria-pressed": String(one.id === this.picked) });
      row.dataset.region = one.id;
      parts.push(row);
    }
    if (!this.regions.length) parts.push(element("p", this.data.editable ? "None: draw one where the cells lie side by side." : "None.", { class: "soft" }));
    if (this.data.editable) parts.push(...HINT.map((words) => element("p", words, { class: "soft" })));
    side.replaceChildren(...parts);
    if (held) side.querySelector(`[data-region="${held}"]`)?.focus();
    for (const name of ["regions", "cells"]) this.root.querySelector(`[data-do=${name}]`).setAttribute("aria-pressed", String(!this.kept.off.has(name)));
    this.root.querySelector("[data-do=draw]").setAttribute("aria-pressed", String(Boolean(this.drawing)));
    this.root.querySelector("[data-do=remove]").disabled = !this.one();
    const { width, height } = this.slide;
    this.canvas.setAttribute("aria-label", `${this.data.label}: ${width} × ${height} pixels, ${this.regions.length} regions`);
  }
  toggle(name) { const off = this.kept.off; if (!off.delete(name)) off.add(name); this.side(); this.paint(); }
  legend() {
    const box = this.root.querySelector(".classes"), counts = this.data.counts ?? [];
    box.hidden = !counts.length;
    box.replaceChildren(...counts.map(([place, count]) => {
      const { name, colour } = this.data.classes[place] ?? { name: "no call", colour: NONE };
      const chip = element("button", `${name} ${count}`, { "aria-pressed": String(!this.kept.hidden.has(place)) });
      chip.dataset.place = place;
      chip.style.setProperty("--c", colour);
      chip.prepend(document.createElement("i"));
      return chip;
    }));
  }
  shows(place) { if (!this.kept.hidden.delete(place)) this.kept.hidden.add(place); this.legend(); this.paint(); }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".viewer");
  (root.viewer ??= new Viewer(root)).given(data, setTriggerValue);
}
