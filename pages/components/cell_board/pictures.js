// Pictures of cells, fetched as sheets of what the screen shows and kept as long as there is room.

const SIDES = [96, 160]; // pixels a picture is high on a sheet: as the server makes them
const ACROSS = 6;
const A_SHEET = 30; // cells asked for at once
const AT_A_TIME = 3; // sheets on their way
const ROOM = 160e6; // bytes of unpacked pictures
const TRIES = 3;
// What a picture shows: the cell and what lies around it, the cell alone, or what spoke for its class.
const [AROUND_IT, ALONE, SALIENCY] = [0, 1, 2];

class Pictures {
  constructor(arrived, lost) {
    this.arrived = arrived;
    this.lost = lost;
    this.sheets = new Map(); // number → {bitmap, cells, bytes}, the longest unused first
    this.where = new Map(); // picture → {sheet, x, y, side}
    this.flying = new Map(); // picture → tries
    this.failed = new Map();
    this.wanted = [];
    this.active = 0;
    this.bytes = 0;
    this.next = 0;
  }

  /** Another deck: nothing that is held is of use. */
  open(address, query, wide) {
    this.address = address;
    this.query = query;
    this.wide = wide;
    for (const sheet of this.sheets.values()) sheet.bitmap.close();
    for (const held of [this.sheets, this.where, this.flying, this.failed]) held.clear();
    this.bytes = 0;
  }

  key(cell, side, kind) {
    return kind === SALIENCY ? `saliency.${cell}` : `${side}.${kind}.${cell}`;
  }

  /** The cells to be seen now, the most wanted first; what was asked for before and is not here yet is forgotten. */
  want(cells, side, kind) {
    this.wanted = [];
    for (const cell of cells) {
      const key = this.key(cell, side, kind);
      if (!this.where.has(key) && !this.flying.has(key) && (this.failed.get(key) || 0) < TRIES) {
        this.wanted.push(cell);
      }
    }
    this.side = side;
    this.kind = kind;
    this.ask();
  }

  ask() {
    while (this.active < AT_A_TIME && this.wanted.length) {
      this.fetch(this.wanted.splice(0, this.kind === SALIENCY ? 1 : A_SHEET), this.side, this.kind);
    }
  }

  async fetch(cells, side, kind) {
    const { address, query } = this;
    const keys = cells.map((cell) => this.key(cell, side, kind));
    this.active += 1;
    keys.forEach((key) => this.flying.set(key, true));
    try {
      const what = kind === SALIENCY ? `saliency?${query}` : `pictures?${query}&side=${side}&alone=${kind}`;
      const answer = await fetch(`${address}/${what}&of=${cells.join(".")}`);
      if (answer.status === 403 || answer.status === 404) this.lost();
      if (!answer.ok) throw new Error(`pictures: ${answer.status}`);
      const bitmap = await createImageBitmap(await answer.blob());
      if (address === this.address) this.hold(bitmap, keys, kind === SALIENCY ? bitmap.height : side);
      else bitmap.close();
    } catch {
      if (address === this.address) keys.forEach((key) => this.failed.set(key, (this.failed.get(key) || 0) + 1));
    } finally {
      this.active -= 1;
      if (address === this.address) keys.forEach((key) => this.flying.delete(key));
      this.arrived();
      this.ask();
    }
  }

  hold(bitmap, keys, side) {
    const number = (this.next += 1);
    const across = side * (this.wide ? PARTS.length : 1);
    this.sheets.set(number, { bitmap, keys, bytes: bitmap.width * bitmap.height * 4 });
    this.bytes += bitmap.width * bitmap.height * 4;
    keys.forEach((key, k) => {
      this.where.set(key, { sheet: number, x: (k % ACROSS) * across, y: Math.floor(k / ACROSS) * side, side });
    });
    for (const [old, sheet] of this.sheets) {
      if (this.bytes <= ROOM || old === number) break;
      for (const key of sheet.keys) if (this.where.get(key)?.sheet === old) this.where.delete(key);
      this.bytes -= sheet.bytes;
      sheet.bitmap.close();
      this.sheets.delete(old);
    }
  }

  /** Draws the cell, or of a strip the part asked for; a coarser picture until the finer one is there. */
  draw(canvas, cell, side, kind, part) {
    const here = [side, ...SIDES].map((s) => this.where.get(this.key(cell, s, kind))).find(Boolean);
    const pen = canvas.getContext("2d");
    if (!here) {
      pen.clearRect(0, 0, canvas.width, canvas.height);
      return false;
    }
    const sheet = this.sheets.get(here.sheet);
    this.sheets.delete(here.sheet); // last used now
    this.sheets.set(here.sheet, sheet);
    const strip = this.wide && kind !== SALIENCY;
    const whole = strip && part < 0;
    const left = here.x + (strip && part >= 0 ? part * here.side : 0);
    const width = here.side * (whole ? PARTS.length : 1);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(sheet.bitmap, left, here.y, width, here.side, 0, 0, canvas.width, canvas.height);
    return kind === SALIENCY || here.side === side;
  }
}
