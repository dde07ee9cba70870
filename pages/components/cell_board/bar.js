// Around the cells: which of them, in what order, how large; notes, the card under the pointer, the list of keys.

const SETS =
  "More than one class is possible for these cells; how often such a set holds the right one stands in the model’s card.";
const RENAMED = " Others are in it because several other surroundings rename them; hover over one to see how.";
const number = (value) => value.toLocaleString("en").replaceAll(",", "\u202f");

class Bar {
  constructor(root, board) {
    Object.assign(this, { root, board });
    const find = (name) => root.querySelector(name);
    this.filters = find(".filters");
    this.group = find(".group");
    this.sort = find(".sort");
    this.part = find(".part select");
    this.notes = find(".notes");
    this.saved = find(".saved");
    this.picked = find(".picked");
    this.undo = find(".undo");
    this.redo = find(".redo");
    this.why = find(".why input");
    this.ground = find(".ground");
    this.group.onchange = () => board.change({ group: this.group.value });
    this.sort.onchange = () => board.change({ sort: this.sort.value });
    this.part.onchange = () => board.change({ part: Number(this.part.value) });
    this.ground.onclick = () => board.change({ alone: !board.look.alone });
    this.smaller = find(".smaller");
    this.larger = find(".larger");
    this.smaller.onclick = () => board.zoom(-1);
    this.larger.onclick = () => board.zoom(1);
    this.undo.onclick = () => board.undo();
    this.redo.onclick = () => board.redo();
    find(".help").onclick = () => board.help(true);
  }

  /** For a deck: the choices that it allows. */
  build() {
    const { board } = this;
    const { deck } = board;
    const told = (choice) => !(choice.told && board.blinded);
    const has = (key) => key !== "odd" || deck.oddness.some((value) => value >= 0);
    const sorts = Object.keys(SORTS).filter((key) => told(SORTS[key]) && has(key));
    this.fill(this.sort, sorts.filter((key) => key !== "given" || board.given), SORTS);
    this.fill(this.group, Object.keys(GROUPS).filter((key) => told(GROUPS[key]) && has(key)), GROUPS);
    this.part.replaceChildren(new Option("whole strip", -1), ...PARTS.map((part, k) => new Option(part, k)));
    if (board.saliency !== null) {
      const saliency = new Option(board.saliency ? "saliency: not here" : "saliency", PARTS.length);
      Object.assign(saliency, { disabled: Boolean(board.saliency), title: board.saliency });
      this.part.add(saliency);
    }
    this.root.querySelector(".part").hidden = !deck.wide;
    for (const place of [".edit", ".why"]) this.root.querySelector(place).hidden = !board.editable;
  }

  fill(select, keys, from) {
    select.replaceChildren(...keys.map((key) => new Option(from[key].name, key)));
  }

  paint() {
    const { board } = this;
    const { deck, look, edits } = board;
    this.group.value = look.group;
    this.sort.value = look.sort;
    this.part.value = look.part;
    this.ground.setAttribute("aria-pressed", !look.alone);
    this.smaller.disabled = look.zoom === 0;
    this.larger.disabled = look.zoom === WIDTHS.square.length - 1;
    this.undo.disabled = !edits.done.length;
    this.redo.disabled = !edits.undone.length;
    const counts = deck.counts(board.base);
    this.chips(counts);
    this.note(counts);
    const chosen = board.picked.size;
    const shown = `${number(board.grid.order.length)} of ${number(board.base.length)} cells shown`;
    this.picked.textContent = shown + (chosen > 1 ? ` · ${number(chosen)} selected` : "");
  }

  chips(counts) {
    const { deck, blinded, look } = this.board;
    const chips = [["", "All", counts[""]]];
    if (!blinded && deck.waits.size) {
      chips.push(["queue", "Review queue", `${number(counts.queueDone)} of ${number(counts.queue)}`]);
    }
    if (!blinded && counts.odd) chips.push(["odd", "Odd", counts.odd]);
    if (counts.done) {
      chips.push(["open", blinded ? "Not named" : "Not reviewed", counts.open]);
      chips.push(["done", blinded ? "Named" : "Reviewed", counts.done]);
    }
    deck.classes.forEach((cls, code) => {
      if (!counts[code] && look.filter !== String(code)) return;
      chips.push([String(code), cls.plural, counts[code] || 0, cls.colour]);
    });
    const key = JSON.stringify([chips, look.filter]);
    if (this.chipped === key) return;
    this.chipped = key;
    const focused = this.filters.getRootNode().activeElement?.filter;
    this.filters.replaceChildren(
      ...chips.map(([filter, name, count, colour]) => {
        const chip = element("button", `chip${filter === "queue" ? " queue" : ""}`);
        chip.type = "button";
        chip.filter = filter;
        chip.setAttribute("aria-pressed", look.filter === filter);
        if (colour) {
          chip.style.setProperty("--c", colour);
          chip.classList.add("class");
        }
        chip.append(element("span", "", name), element("b", "", typeof count === "number" ? number(count) : count));
        chip.onclick = () => this.board.show(filter);
        return chip;
      }),
    );
    if (focused !== undefined) [...this.filters.children].find((chip) => chip.filter === focused)?.focus();
  }

  note(counts) {
    const { board } = this;
    const lines = [];
    if (board.whyNot) lines.push(element("span", "", board.whyNot));
    if (board.refused) lines.push(element("span", "bad", `Not saved: ${board.refused}`));
    if (board.pickedElsewhere) {
      const line = element("span", "", `Only the ${number(board.base.length)} cells picked elsewhere are shown. `);
      const all = element("button", "plain", "Show all");
      all.type = "button";
      all.onclick = () => board.wish({ kind: "release" });
      line.append(all);
      lines.push(line);
    }
    if (board.look.filter === "queue") {
      const line = element("span", "progress", `${number(counts.queueDone)} of ${number(counts.queue)} reviewed. `);
      line.style.setProperty("--share", `${(100 * counts.queueDone) / Math.max(counts.queue, 1)}%`);
      line.append(element("span", "", SETS + (Object.keys(board.deck.renamed).length ? RENAMED : "")));
      lines.push(line);
    }
    this.notes.hidden = !lines.length;
    const key = lines.map((line) => line.textContent).join("|");
    if (this.noted === key) return;
    this.noted = key;
    this.notes.replaceChildren(...lines);
  }

  tell(words) {
    this.saved.textContent = words;
  }
}

class Hover {
  constructor(card, board) {
    Object.assign(this, { card, board });
  }

  show(cell, tile) {
    if (this.cell === cell) return;
    this.cell = cell;
    const { board, card } = this;
    const told = board.words(cell);
    const { deck } = board;
    const likely = deck.likely(cell, 4).map(([code, share]) => `${deck.classes[code].name} ${percent(share)}`);
    const lines = [...likely, ...deck.facts(cell)].map((line) => element("div", "", line));
    card.replaceChildren(element("b", "", told.name), ...lines);
    card.hidden = false;
    const root = board.root.getBoundingClientRect();
    const at = tile.getBoundingClientRect();
    const left = Math.min(Math.max(at.left - root.left, 0), root.width - card.offsetWidth);
    const below = at.bottom - root.top + 4;
    const above = at.top - root.top - card.offsetHeight - 4;
    card.style.left = `${left}px`;
    card.style.top = `${at.bottom + card.offsetHeight + 8 > window.innerHeight && above > 0 ? above : below}px`;
  }

  hide() {
    this.cell = null;
    this.card.hidden = true;
  }
}

const HELP = [
  ["a class’s key", "name the selected cells, or the one in question"],
  ["Enter", "confirm the name that stands"],
  ["arrows, Home, End, Page up, Page down", "go from cell to cell"],
  ["Shift + arrows, Shift + click", "select a range"],
  ["Ctrl + click, Space", "add a cell to the selection, or take it out"],
  ["drag", "select what the frame touches"],
  ["Ctrl + A, Escape", "select all that are shown, none"],
  [".", "go to the next cell that is not reviewed"],
  ["Ctrl + Z, Ctrl + Y", "undo, redo"],
  ["+ and −", "larger, smaller pictures"],
  ["?", "this list"],
];

function helpOf(board) {
  const head = element("h3", "", "Keys and mouse");
  const close = element("button", "close", "Close");
  close.type = "button";
  close.onclick = () => board.help(false);
  const keys = element("dl", "");
  for (const [key, does] of HELP) keys.append(element("dt", "", key), element("dd", "", does));
  const classes = element("div", "legend");
  for (const cls of board.deck.classes) {
    const entry = element("span", "");
    entry.style.setProperty("--c", cls.colour);
    entry.append(element("kbd", "", cls.key || "–"), element("span", "", cls.name));
    classes.append(entry);
  }
  return [head, keys, element("h3", "", "Classes"), classes, close];
}
