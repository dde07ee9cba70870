// The cells of a case as the server sent them, what each is called now, and the order in which they lie.

const TAKEN_BACK = -1;
const PARTS = ["left", "right", "top", "bottom", "phase"]; // of a label-free cell's strip, from left to right

class Deck {
  constructor(columns) {
    Object.assign(this, columns);
    this.count = this.field.length;
    this.kinds = this.classes.length;
    this.name = Int16Array.from(this.called);
    this.done = new Uint8Array(this.count);
    this.strange = new Set(this.odd);
    this.cut = new Set(this.edge);
    this.sure = this.called.map((code, cell) => (code < 0 ? 0 : this.permille[cell * this.kinds + code]));
    this.told ||= [];
    this.renamed ||= {}; // what cells are called among other surroundings, where several rename them
    this.waits = new Set([...Object.keys(this.sets), ...Object.keys(this.renamed)].map(Number));
  }

  /** What the server knows, and over it what it has not heard of yet. */
  settle(named, pending) {
    this.name.set(this.called);
    this.done.fill(0);
    named.at.forEach((cell, k) => {
      this.name[cell] = named.as[k];
      this.done[cell] = named.done[k];
    });
    for (const [cell, code] of pending) this.put(cell, code);
  }

  put(cell, code) {
    this.name[cell] = code === TAKEN_BACK ? this.called[cell] : code;
    this.done[cell] = code === TAKEN_BACK ? 0 : 1;
  }

  possible(cell) {
    return this.sets[cell] || [];
  }

  /** Classes and their probabilities, the likeliest first. */
  likely(cell, most) {
    if (!this.permille.length) return [];
    const row = this.permille.slice(cell * this.kinds, (cell + 1) * this.kinds);
    return row.map((share, code) => [code, share]).sort((a, b) => b[1] - a[1]).slice(0, most).filter(([, s]) => s > 0);
  }

  passes(cell, filter) {
    if (filter === "") return true;
    if (filter === "queue") return this.waits.has(cell);
    if (filter === "odd") return this.strange.has(cell);
    if (filter === "open") return !this.done[cell];
    if (filter === "done") return Boolean(this.done[cell]);
    return this.name[cell] === Number(filter);
  }

  /** What is said of a cell, short on its tile and in full for who cannot see it. */
  words(cell, blinded) {
    const code = this.name[cell];
    const [called, done, odd] = [this.called[cell], Boolean(this.done[cell]), this.strange.has(cell)];
    const name = code < 0 ? (blinded ? "not named" : "no call") : this.classes[code].name;
    const sure = called < 0 ? "" : percent(this.sure[cell]);
    const others = this.possible(cell).filter((other) => other !== code).map((other) => this.classes[other].name);
    const set = others.length ? `or ${others.join(", ")}` : "";
    const was = called !== code && called >= 0 ? `was ${this.classes[called].name} ${sure}` : "";
    const second = was || [sure, set].filter(Boolean).join(" · ");
    const marks = [done && !blinded && "reviewed", odd && "odd", this.renamed[cell] && "fragile", this.told[cell]];
    const label = [name, second, ...marks].filter(Boolean).join(", ");
    const colour = code < 0 ? "transparent" : this.classes[code].colour;
    return { name, second, told: this.told[cell] || "", done, odd, colour, label };
  }

  /** Everything else that is known of it, a line each. */
  facts(cell) {
    const names = this.possible(cell).map((code) => this.classes[code].name);
    const odd = Math.min(this.oddness[cell], 999);
    const called = this.called[cell];
    const other = called >= 0 && called !== this.name[cell] ? `; the machine called it ${named(this, called)}` : "";
    const than = `Odder than ${(odd / 10).toFixed(odd >= 990 ? 1 : 0)} % of the calibration cells`;
    return [
      this.done[cell] ? `Reviewed${other}` : "",
      names.length ? `Possible: ${names.join(" or ")}` : "",
      this.renamed[cell] || "",
      odd >= 0 ? `${than}${this.strange.has(cell) ? ": odd" : ""}` : "",
      `Diameter ${this.size[cell].toFixed(1)} ${this.unit}${this.cut.has(cell) ? ", cut by the field’s edge" : ""}`,
      this.fields[this.field[cell]] || "",
      this.told[cell] || "",
    ].filter(Boolean);
  }

  /** How many cells each filter would leave of `cells`. */
  counts(cells) {
    const found = { "": cells.length, queue: 0, queueDone: 0, odd: 0, open: 0, done: 0 };
    for (const cell of cells) {
      found[this.name[cell]] = (found[this.name[cell]] || 0) + 1;
      found[this.done[cell] ? "done" : "open"] += 1;
      if (this.strange.has(cell)) found.odd += 1;
      if (this.waits.has(cell)) {
        found.queue += 1;
        found.queueDone += this.done[cell];
      }
    }
    return found;
  }

  /** Sections in their order, the cells of each in theirs. */
  sections(cells, group, sort) {
    const key = SORTS[sort].key;
    const sorted = key ? [...cells].sort((a, b) => key(this, a) - key(this, b) || a - b) : cells;
    const by = GROUPS[group];
    if (!by.of) return sorted.length ? [{ title: "", cells: sorted }] : [];
    const parts = new Map();
    for (const cell of sorted) {
      const place = by.of(this, cell, sort);
      if (!parts.has(place)) parts.set(place, []);
      parts.get(place).push(cell);
    }
    const order = [...parts.keys()].sort((a, b) => a - b);
    return order.map((place) => ({ ...by.head(this, place, sort), cells: parts.get(place) }));
  }
}

const band = (edges, value) => edges.filter((edge) => value >= edge).length;
const named = (deck, code) => (code < 0 ? "not named" : deck.classes[code].name);

// `told`: whether it rests on what the machine says, which a blinded reader must not see.
const SORTS = {
  given: { name: "as drawn", key: null },
  sure: { name: "surest first", key: (deck, cell) => -deck.sure[cell], told: true },
  unsure: { name: "least sure first", key: (deck, cell) => deck.sure[cell], told: true },
  odd: { name: "oddest first", key: (deck, cell) => -deck.oddness[cell], told: true },
  large: { name: "largest first", key: (deck, cell) => -deck.size[cell] },
  small: { name: "smallest first", key: (deck, cell) => deck.size[cell] },
  field: { name: "field by field", key: (deck, cell) => deck.field[cell] },
};

const GROUPS = {
  class: {
    name: "class",
    told: true,
    of: (deck, cell) => (deck.name[cell] < 0 ? deck.kinds : deck.name[cell]),
    head: (deck, place) =>
      place === deck.kinds
        ? { title: "not named" }
        : { title: deck.classes[place].plural, colour: deck.classes[place].colour },
  },
  sure: {
    name: "confidence",
    told: true,
    of: (deck, cell, sort) => band(deck.sure_edges, deck.sure[cell]) * (sort === "unsure" ? 1 : -1),
    head: (deck, place) => ({ title: deck.sure_bands[Math.abs(place)] }),
  },
  odd: {
    name: "oddness",
    told: true,
    of: (deck, cell) => (deck.strange.has(cell) ? 0 : 1),
    head: (deck, place) => ({ title: place ? "like the calibration cells" : "odd" }),
  },
  size: {
    name: "size",
    of: (deck, cell, sort) => band(deck.size_edges, deck.size[cell]) * (sort === "small" ? 1 : -1),
    head: (deck, place) => ({ title: deck.size_bands[Math.abs(place)] }),
  },
  field: {
    name: "field",
    of: (deck, cell) => deck.field[cell],
    head: (deck, place) => ({ title: deck.fields[place] || "field not known" }),
  },
  none: { name: "nothing" },
};
