// The slide by its tiles: only those in view are fetched, the nearest to the middle first; what is missing meanwhile is
// drawn from coarser ones. field_viewer/drawing.js stands in front of it.

const SIDE = 256; // pixels of a tile
const AT_ONCE = 6; // tiles fetched at a time
const KEPT = 320; // decoded tiles: about 80 MB
const AGAIN = 4000; // ms after which a tile that failed is asked for again

class Pyramid {
  constructor(changed, failed) {
    this.changed = changed;
    this.failed = failed;
    this.tiles = new Map(); // "zoom/column/row" → ImageBitmap, the latest used last
    this.under = new Map(); // the same → what stops its fetching
    this.bad = new Map(); // the same → when it may be asked for again
    this.wanted = [];
  }

  of(slide) {
    if (slide.tiles !== this.slide?.tiles) {
      for (const stop of this.under.values()) stop.abort();
      for (const tile of this.tiles.values()) tile.close();
      this.tiles.clear(); this.under.clear(); this.bad.clear();
    }
    this.slide = slide; // its query may be a newer signature
  }
  get last() { return this.slide.zooms - 1; }
  // The zoom at which the whole slide is one tile.
  get whole() {
    const longest = Math.max(this.slide.width, this.slide.height);
    return Math.max(0, this.last - Math.max(0, Math.ceil(Math.log2(longest / SIDE))));
  }
  pixels(zoom) { return 2 ** (this.last - zoom); } // of the slide to one of that zoom
  zoomFor(scale) { return Math.min(this.last, Math.max(this.whole, this.last + Math.ceil(Math.log2(scale) - 0.25))); }

  // Columns and rows that a rectangle of the slide touches.
  touched(zoom, [left, top, right, bottom]) {
    const side = SIDE * this.pixels(zoom), { width, height } = this.slide;
    const within = (v, size) => Math.min(Math.max(0, Math.floor(v / side)), Math.ceil(size / side) - 1);
    return [within(left, width), within(top, height), within(right, width), within(bottom, height)];
  }

  draw(pen, view, dots) {
    const seen = [...view.at(0, 0), ...view.at(view.wide, view.tall)], fine = this.zoomFor(view.scale * dots);
    pen.imageSmoothingQuality = "medium";
    this.wanted = [];
    let there = true;
    for (let zoom = this.whole; zoom <= fine; zoom++) {
      const [c0, r0, c1, r1] = this.touched(zoom, seen);
      for (let row = r0; row <= r1; row++) for (let column = c0; column <= c1; column++) {
        const name = `${zoom}/${column}/${row}`, tile = this.tiles.get(name);
        if (tile) {
          this.tiles.delete(name); this.tiles.set(name, tile);
          this.put(pen, view, dots, tile, zoom, column, row);
        } else if (zoom === fine || zoom === this.whole) {
          there = false;
          const side = SIDE * this.pixels(zoom), [mx, my] = [(seen[0] + seen[2]) / 2, (seen[1] + seen[3]) / 2];
          const far = zoom === this.whole ? -1 : Math.hypot((column + 0.5) * side - mx, (row + 0.5) * side - my);
          this.wanted.push({ name, far });
        }
      }
    }
    this.wanted.sort((a, b) => a.far - b.far);
    this.fetch();
    return there;
  }
  put(pen, view, dots, tile, zoom, column, row) {
    const side = SIDE * this.pixels(zoom), edge = (v, at) => Math.round((v * view.scale + at) * dots);
    const x0 = edge(column * side, view.x), y0 = edge(row * side, view.y); // whole pixels: no seams between tiles
    const x1 = edge(Math.min((column + 1) * side, this.slide.width), view.x);
    const y1 = edge(Math.min((row + 1) * side, this.slide.height), view.y);
    pen.drawImage(tile, x0, y0, x1 - x0, y1 - y0);
  }

  // What is no longer in view is no longer waited for.
  fetch() {
    const names = new Set(this.wanted.map((one) => one.name));
    for (const [name, stop] of this.under) if (!names.has(name)) { stop.abort(); this.under.delete(name); }
    const now = Date.now();
    for (const { name } of this.wanted) {
      if (this.under.size >= AT_ONCE) break;
      if (!this.under.has(name) && !(this.bad.get(name) > now)) this.one(name, this.slide.tiles);
    }
  }
  async one(name, of) {
    const stop = new AbortController();
    this.under.set(name, stop);
    try {
      const answer = await fetch(`${of}/${name}?${this.slide.query}`, { signal: stop.signal });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const tile = await createImageBitmap(await answer.blob());
      if (this.slide.tiles !== of) return tile.close();
      this.tiles.set(name, tile);
      this.bad.delete(name);
      for (const [old, one] of this.tiles) {
        if (this.tiles.size <= KEPT) break;
        one.close(); this.tiles.delete(old);
      }
    } catch (error) {
      if (error.name === "AbortError") return;
      this.bad.set(name, Date.now() + AGAIN);
      this.failed(error.message);
    } finally {
      if (this.under.get(name) === stop) this.under.delete(name);
    }
    this.changed();
  }
}
