// The gallery: what is shown, what is chosen, what is typed; the rest is in the files joined before this one.

const IDLE = 1100; // ms without a change before the page is asked to draw its figures anew
const DRAG = 6; // pixels before a press becomes a frame

class Board {
  constructor(parent) {
    this.root = parent.querySelector(".board");
    this.root.dataset.made = performance.now();
    const find = (name) => this.root.querySelector(name);
    this.pictures = new Pictures(() => this.arrived(), () => this.lost());
    this.grid = new Grid(find(".scroll"), find(".list"), this);
    this.panel = new Panel(find(".side"), this);
    this.bar = new Bar(this.root, this);
    this.hover = new Hover(find(".hover"), this);
    this.keys = find(".keys");
    this.look = { filter: "", group: "class", sort: "sure", zoom: 1, alone: false, part: -1 };
    this.picked = new Set();
    this.focus = -1;
    this.base = [];
    this.version = 0;
    this.dirty = false;
    this.watcher = new ResizeObserver(() => this.resized());
    listen(this);
  }

  /** Python's data, at the first drawing and after every batch. */
  async receive(data, send) {
    this.send = send;
    this.data = data;
    this.watcher.observe(this.grid.scroller);
    if (this.place !== data.place) {
      this.edits?.close();
      this.place = data.place;
      this.edits = new Edits(`hemaboard.cells.${data.place}`, (batch) => this.send("batch", batch));
    }
    if (this.edits.answered(data.ack)) this.acknowledged(data.ack);
    Object.assign(this, { address: data.address, query: data.query, blinded: data.blinded });
    Object.assign(this, { whyNot: data.why_not, editable: !data.why_not, linked: data.linked });
    this.saliency = data.saliency;
    if (this.opened !== data.address + data.query) await this.open();
    if (this.deck && this.data === data) this.refresh();
  }

  async open() {
    const opening = (this.opened = this.address + this.query);
    const answer = await fetch(`${this.address}/columns?${this.query}`).catch(() => null);
    if (this.opened !== opening) return;
    if (!answer?.ok) {
      this.opened = "";
      this.bar.tell("The cells could not be fetched.");
      if (answer) this.lost();
      return;
    }
    const another = this.address !== this.of;
    this.of = this.address;
    this.deck = new Deck(await answer.json());
    this.pictures.open(this.address, this.query, this.deck.wide);
    this.given = Boolean(this.data.order) || this.blinded;
    if (another) {
      if (this.given) Object.assign(this.look, { sort: "given", group: "none" });
      this.focus = -1;
      this.picked.clear();
    }
    this.panel.build();
    this.bar.build();
  }

  refresh() {
    const { data, deck } = this;
    deck.settle(data.named, this.edits.pending);
    this.version += 1;
    const order = data.order || data.only || [...deck.name.keys()];
    const kept = [data.only, data.picked].filter(Boolean).map((cells) => new Set(cells));
    this.base = order.filter((cell) => kept.every((cells) => cells.has(cell)));
    this.pickedElsewhere = Boolean(data.picked);
    if (data.shown !== undefined && data.shown !== this.shown) {
      this.shown = data.shown;
      this.look.filter = data.shown < 0 ? "" : String(data.shown);
    }
    this.lay();
    if (data.focus !== this.pointed) {
      this.pointed = data.focus;
      if (data.focus >= 0) this.goTo(data.focus);
    }
  }

  lay() {
    const { deck, look } = this;
    const cells = this.base.filter((cell) => deck.passes(cell, look.filter));
    this.grid.lay(deck.sections(cells, look.group, look.sort));
    const there = (cell) => this.grid.place[cell] >= 0;
    this.picked = new Set([...this.picked].filter(there));
    if (this.focus < 0 || !there(this.focus)) this.focus = this.grid.order[0] ?? -1;
    this.draw();
    this.root.dataset.ready = this.grid.order.length;
    this.root.classList.toggle("empty", !this.grid.order.length);
  }

  /** Once a frame, however much has changed. */
  draw() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (!this.deck) return;
      this.grid.paint();
      this.bar.paint();
      this.panel.paint();
    });
  }

  resized() {
    const { width } = this.grid;
    this.grid.measure();
    if (!this.deck || !this.grid.width) return;
    if (this.grid.width !== width) this.change({});
    this.draw();
  }

  arrived() {
    this.grid.redraw();
    this.panel.redraw();
    if (!this.root.dataset.painted && [...this.grid.tiles.values()].some((tile) => tile.drawn)) {
      this.root.dataset.painted = performance.now(); // the first pictures: what the benchmark measures
    }
  }

  /** The server started anew or let the deck go: it makes another when the page is drawn. */
  lost() {
    if (Date.now() - (this.asked || 0) < 5000) return;
    this.asked = Date.now();
    this.opened = "";
    this.wish({ kind: "again" });
  }

  /** Asks something of the page, once what was done here is written: two messages at a time are not both delivered. */
  wish(what) {
    this.edits.pump();
    if (this.edits.flying) this.later = what;
    else this.send("wish", { ...what, at: Date.now() });
  }

  acknowledged(ack) {
    this.refused = ack.refused || "";
    this.dirty = true;
    if (!this.edits.pending.length) this.bar.tell(ack.refused ? "" : "All changes saved.");
    const { later } = this;
    this.later = null;
    if (later) this.wish(later);
    this.rest();
  }

  /** Figures follow once everything is written and the person pauses. */
  rest() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      if (!this.dirty || this.edits.pending.length) return;
      this.dirty = false;
      this.wish({ kind: "settle" });
    }, IDLE);
  }

  get kind() {
    return this.look.part === PARTS.length ? SALIENCY : Number(this.look.alone);
  }

  // --- what is shown -----------------------------------------------------------------------------------------

  change(look) {
    Object.assign(this.look, look);
    this.lay();
    this.grid.reveal(this.focus);
  }

  zoom(step) {
    this.change({ zoom: Math.min(Math.max(this.look.zoom + step, 0), WIDTHS.square.length - 1) });
  }

  show(filter) {
    this.grid.scrollTo(0);
    this.change({ filter });
    const code = /^\d+$/.test(filter) ? Number(filter) : -1;
    if (this.data.shown !== undefined && code !== this.shown) {
      this.shown = code;
      this.wish({ kind: "class", code });
    }
  }

  help(open) {
    if (open) this.keys.replaceChildren(...helpOf(this));
    this.keys.hidden = !open;
    (open ? this.keys : this.grid.list).focus({ preventScroll: true });
  }

  /** See `Deck.words`. */
  words(cell) {
    return this.deck.words(cell, this.blinded);
  }

  // --- what is chosen ----------------------------------------------------------------------------------------

  goTo(cell) {
    if (this.grid.place[cell] < 0 && this.base.includes(cell)) this.change({ filter: "" });
    if (this.grid.place[cell] >= 0) this.pick([cell], cell);
  }

  pick(cells, focus, anchor = focus) {
    this.picked = new Set(cells);
    this.focus = focus;
    this.anchor = anchor;
    this.grid.reveal(focus);
    this.draw();
  }

  range(to) {
    const { order, place } = this.grid;
    const from = place[this.anchor] >= 0 ? place[this.anchor] : place[this.focus];
    const [low, high] = [Math.min(from, place[to]), Math.max(from, place[to])];
    this.pick(order.slice(low, high + 1), to, order[from]);
  }

  toggle(cell) {
    const cells = new Set(this.picked);
    if (!cells.delete(cell)) cells.add(cell);
    this.pick(cells, cell);
  }

  move(place, extend) {
    const { order } = this.grid;
    const to = order[Math.min(Math.max(place, 0), order.length - 1)];
    if (to === undefined) return;
    if (extend) this.range(to);
    else this.pick([to], to);
  }

  next() {
    const { order, place } = this.grid;
    const start = Math.max(place[this.focus], -1);
    const after = [...order.slice(start + 1), ...order.slice(0, start + 1)].find((cell) => !this.deck.done[cell]);
    if (after !== undefined) this.pick([after], after);
  }

  // --- what is said ------------------------------------------------------------------------------------------

  call(code) {
    if (!this.editable || this.focus < 0) return;
    const { deck } = this;
    const cells = this.picked.size ? this.grid.order.filter((cell) => this.picked.has(cell)) : [this.focus];
    const why = this.bar.why.value.trim();
    const changes = cells.map((cell) => ({
      cell,
      from: { code: deck.name[cell], done: deck.done[cell] },
      code: code === null ? deck.name[cell] : code,
    })).filter((change) => change.code >= 0 && (!change.from.done || change.from.code !== change.code));
    const last = this.grid.place[cells[cells.length - 1]];
    const onwards = this.grid.order[last + 1] ?? this.grid.order[this.grid.place[cells[0]] - 1] ?? cells[0];
    if (changes.length) {
      this.edits.step(changes, why);
      this.changed(changes.map((change) => [change.cell, change.code]));
      const what = changes.length === 1 ? "1 cell" : `${number(changes.length)} cells`;
      this.bar.tell(`${what} ${code === null ? "confirmed" : `named ${deck.classes[code].name}`}. Saving …`);
    }
    this.pick([onwards], onwards);
  }

  changed(edits) {
    for (const [cell, code] of edits) this.deck.put(cell, code);
    this.refused = "";
    this.lay();
    clearTimeout(this.resting);
  }

  undo() {
    this.stepped(this.editable && this.edits.back(), "Undone");
  }

  redo() {
    this.stepped(this.editable && this.edits.forth(), "Done again");
  }

  stepped(edits, words) {
    if (!edits) return;
    this.changed(edits);
    this.bar.tell(`${words}. Saving …`);
    this.goTo(edits[0][0]);
  }

  close() {
    this.watcher.disconnect();
    this.edits?.close();
    clearTimeout(this.resting);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const board = (parentElement.board ||= new Board(parentElement));
  const call = (board.calls = (board.calls || 0) + 1);
  board.receive(data, setTriggerValue);
  return () => setTimeout(() => board.calls === call && board.close()); // not when another call follows
}
