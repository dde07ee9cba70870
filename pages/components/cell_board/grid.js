// The cells laid out: only what is in view, and a little around it, is in the document.

const GAP = 8;
const HEAD = 34;
const AROUND = 0.6; // of a screen, above and below what is in view
const WIDTHS = { square: [60, 84, 112, 150, 204], strip: [210, 290, 390, 520, 700] };

class Grid {
  constructor(scroller, list, board) {
    Object.assign(this, { scroller, list, board });
    this.tiles = new Map(); // cell → element
    this.heads = new Map(); // row → element
    this.spare = [];
    this.order = [];
    this.rows = [];
    this.top = 0;
    this.height = 0;
    this.scroller.addEventListener("scroll", () => {
      this.top = this.scroller.scrollTop;
      this.board.draw();
    }, { passive: true });
  }

  /** Asked once a change of size, since asking makes the browser lay everything out. */
  measure() {
    this.width = this.scroller.clientWidth;
    this.height = this.scroller.clientHeight;
  }

  /** Sections into rows; `board.look` says how large pictures are. */
  lay(sections) {
    const { deck, look } = this.board;
    const strip = deck.wide && look.part < 0;
    if (!this.width) this.measure();
    const width = Math.max(this.width - 2 * GAP, 120);
    const wanted = Math.min(WIDTHS[strip ? "strip" : "square"][look.zoom], width);
    this.columns = Math.max(1, Math.floor((width + GAP) / (wanted + GAP)));
    this.tileWidth = Math.floor((width - (this.columns - 1) * GAP) / this.columns);
    this.pictureHeight = strip ? Math.round(this.tileWidth / PARTS.length) : this.tileWidth;
    const short = (!strip && look.zoom === 0) || this.board.blinded;
    this.lines = short ? 1 : 2 + (deck.told.length && (strip || !deck.wide) ? 1 : 0);
    this.tileHeight = this.pictureHeight + 3 + this.lines * 16 + 7;
    this.order = sections.flatMap((section) => section.cells);
    this.place = new Int32Array(deck.count).fill(-1);
    this.order.forEach((cell, place) => (this.place[cell] = place));
    this.rows = [];
    this.rowOf = new Int32Array(this.order.length);
    let y = GAP;
    let place = 0;
    for (const section of sections) {
      if (section.title) {
        this.rows.push({ y, height: HEAD, section });
        y += HEAD;
      }
      for (let from = 0; from < section.cells.length; from += this.columns) {
        const length = Math.min(this.columns, section.cells.length - from);
        this.rowOf.fill(this.rows.length, place, place + length);
        this.rows.push({ y, height: this.tileHeight, from: place, length });
        place += length;
        y += this.tileHeight + GAP;
      }
    }
    if (this.tall !== y) this.list.style.height = `${y}px`;
    this.tall = y;
    this.top = Math.max(0, Math.min(this.top, y - this.height));
  }

  rowAt(y) {
    let low = 0;
    let high = this.rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.rows[middle].y <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  spot(place) {
    const row = this.rows[this.rowOf[place]];
    return { x: GAP + (place - row.from) * (this.tileWidth + GAP), y: row.y, row };
  }

  paint() {
    const { top: scrollTop, height: clientHeight } = this;
    if (!clientHeight) return;
    const inView = [];
    const around = [];
    const heads = new Set();
    const wanted = new Set();
    const margin = clientHeight * AROUND;
    for (let r = this.rowAt(scrollTop - margin); r < this.rows.length; r += 1) {
      const row = this.rows[r];
      if (row.y > scrollTop + clientHeight + margin) break;
      if (row.section) heads.add(r);
      const seen = row.y + row.height > scrollTop && row.y < scrollTop + clientHeight;
      for (let p = row.from; !row.section && p < row.from + row.length; p += 1) {
        wanted.add(this.order[p]);
        (seen ? inView : around).push(this.order[p]);
      }
    }
    for (const [cell, tile] of this.tiles) {
      if (wanted.has(cell)) continue;
      this.tiles.delete(cell);
      tile.remove();
      this.spare.push(tile);
    }
    for (const cell of wanted) this.tile(cell);
    this.paintHeads(heads);
    this.list.setAttribute("aria-activedescendant", this.tiles.has(this.board.focus) ? `cell-${this.board.focus}` : "");
    this.ask(inView, around);
  }

  ask(inView, around) {
    const fine = (this.pictureHeight * Math.min(window.devicePixelRatio || 1, 2)) > SIDES[0] * 1.3;
    this.side = SIDES[Number(fine)];
    const kind = this.board.kind;
    this.board.pictures.want(kind === SALIENCY ? inView : [...inView, ...around], this.side, kind);
  }

  tile(cell) {
    let tile = this.tiles.get(cell);
    if (!tile) {
      tile = this.spare.pop() || this.made();
      tile.id = `cell-${cell}`;
      tile.cell = cell;
      tile.said = tile.drawn = tile.laid = "";
      this.tiles.set(cell, tile);
      this.list.append(tile);
    }
    const place = this.place[cell];
    const { x, y } = this.spot(place);
    const { tileWidth: width, tileHeight: height, order } = this;
    const [picked, focus] = [this.board.picked.has(cell), cell === this.board.focus];
    const laid = [x, y, width, height, place, order.length, picked, focus].join();
    if (tile.laid !== laid) {
      tile.laid = laid;
      Object.assign(tile.style, { transform: `translate(${x}px, ${y}px)`, width: `${width}px`, height: `${height}px` });
      tile.setAttribute("aria-posinset", place + 1);
      tile.setAttribute("aria-setsize", order.length);
      tile.setAttribute("aria-selected", picked);
      tile.classList.toggle("focus", focus);
    }
    this.say(tile, cell);
    this.draw(tile, cell);
  }

  made() {
    const tile = document.createElement("div");
    tile.className = "tile";
    tile.setAttribute("role", "option");
    tile.innerHTML = '<canvas aria-hidden="true"></canvas><b></b><span></span><i></i>';
    [tile.canvas, tile.first, tile.second, tile.third] = tile.children;
    return tile;
  }

  say(tile, cell) {
    const told = this.board.words(cell);
    const key = JSON.stringify([told, this.lines]);
    if (tile.said === key) return;
    tile.said = key;
    tile.style.setProperty("--c", told.colour);
    tile.classList.toggle("done", told.done);
    tile.classList.toggle("odd", told.odd);
    tile.first.textContent = told.name;
    tile.second.textContent = this.lines > 1 ? told.second : "";
    tile.third.textContent = this.lines > 2 ? told.told : "";
    tile.setAttribute("aria-label", told.label);
  }

  draw(tile, cell) {
    const { look, pictures, kind } = this.board;
    const scale = Math.min(window.devicePixelRatio || 1, 2);
    const [width, height] = [Math.round(this.tileWidth * scale), Math.round(this.pictureHeight * scale)];
    const key = `${cell} ${this.side} ${kind} ${look.part} ${width}`;
    if (tile.drawn === key) return;
    if (tile.canvas.width !== width || tile.canvas.height !== height) {
      tile.canvas.width = width;
      tile.canvas.height = height;
      tile.canvas.style.height = `${this.pictureHeight}px`;
    }
    if (pictures.draw(tile.canvas, cell, this.side, kind, look.part)) tile.drawn = key;
  }

  /** New pictures came. */
  redraw() {
    for (const [cell, tile] of this.tiles) this.draw(tile, cell);
  }

  paintHeads(wanted) {
    for (const [row, head] of this.heads) {
      if (wanted.has(row) && head.section === this.rows[row].section) continue;
      head.remove();
      this.heads.delete(row);
    }
    for (const row of wanted) {
      let head = this.heads.get(row);
      if (!head) {
        head = document.createElement("div");
        head.className = "head";
        head.setAttribute("aria-hidden", "true"); // each cell says its class itself
        head.section = this.rows[row].section;
        head.style.setProperty("--c", head.section.colour || "transparent");
        head.textContent = `${head.section.title} · ${number(head.section.cells.length)}`;
        this.heads.set(row, head);
        this.list.append(head);
      }
      head.style.transform = `translateY(${this.rows[row].y}px)`;
    }
  }

  /** Scrolls just as far as needed to have the cell in view. */
  reveal(cell) {
    const place = this.place?.[cell] ?? -1;
    if (place < 0) return;
    const { y, row } = this.spot(place);
    const above = y - (row.from === 0 || this.rows[this.rowOf[place] - 1]?.section ? HEAD : 0) - GAP;
    if (above < this.top) this.scrollTo(above);
    else if (y + row.height + GAP > this.top + this.height) this.scrollTo(y + row.height + GAP - this.height);
  }

  scrollTo(top) {
    this.top = Math.max(0, Math.min(top, this.tall - this.height));
    this.scroller.scrollTop = this.top;
  }

  /** The cell `rows` further down (or up) in about the same column. */
  below(place, rows) {
    const from = this.rows[this.rowOf[place]];
    const column = place - from.from;
    let at = this.rowOf[place];
    for (let left = Math.abs(rows); left > 0; left -= 1) {
      let next = at + Math.sign(rows);
      while (this.rows[next]?.section) next += Math.sign(rows);
      if (!this.rows[next]) break;
      at = next;
    }
    const row = this.rows[at];
    return row.from + Math.min(column, row.length - 1);
  }

  get page() {
    return Math.max(1, Math.floor(this.height / (this.tileHeight + GAP)) - 1);
  }

  /** Cells that a rectangle in the list's own pixels touches. */
  within(left, top, right, bottom) {
    const found = [];
    for (let r = this.rowAt(top); r < this.rows.length && this.rows[r].y < bottom; r += 1) {
      const row = this.rows[r];
      if (row.section || row.y + row.height < top) continue;
      for (let k = 0; k < row.length; k += 1) {
        const x = GAP + k * (this.tileWidth + GAP);
        if (x < right && x + this.tileWidth > left) found.push(this.order[row.from + k]);
      }
    }
    return found;
  }
}
