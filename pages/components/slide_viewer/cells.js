// Fields and cells on the slide: fields as a grid with what was looked at, cells as points and, when close, outlines.

const DOTS_FROM = 0.045; // screen pixels a slide pixel: below, points would only hide the slide
const PLAIN_FROM = 0.2; // screen pixels a slide pixel, from which on nothing is laid over the stain
const LINES_FROM = 14; // screen pixels that a cell measures, from which on its outline is drawn
const CELL_UM = 12;

class Cells {
  constructor(changed) {
    this.changed = changed;
    this.address = "";
    this.all = null; // { x, y, c }: columns
    this.outlines = new Map(); // a field's address → its cells' paths, or null while they come
  }

  async of(data) {
    this.fields = data.fields;
    this.classes = data.classes;
    if (!data.cells || data.cells === this.address) return;
    this.address = data.cells;
    const answer = await fetch(data.cells).catch(() => null);
    if (this.address !== data.cells) return;
    if (!answer?.ok) { this.address = ""; return; } // asked for again when the page says anything new
    this.all = await answer.json();
    this.changed();
  }
  get count() { return this.all?.x.length ?? 0; }

  draw(pen, view, dots, { hidden, um }) {
    if (!this.fields) return;
    const seen = [...view.at(0, 0), ...view.at(view.wide, view.tall)];
    pen.setTransform(dots, 0, 0, dots, 0, 0);
    this.grid(pen, view, seen);
    const size = (CELL_UM / (um || 0.25)) * view.scale, close = size >= LINES_FROM;
    if (close) this.lines(pen, view, dots, seen, hidden);
    if (this.all && view.scale >= DOTS_FROM) this.points(pen, view, dots, seen, hidden, size, close);
  }

  // What will be looked at faintly, what was looked at plainly.
  grid(pen, view, seen) {
    pen.setLineDash([]);
    for (const field of this.fields) {
      const [x0, y0, x1, y1] = field.box;
      if (x1 < seen[0] || x0 > seen[2] || y1 < seen[1] || y0 > seen[3]) continue;
      const [left, top, right, bottom] = onScreen(field.box, view);
      if (field.looked && view.scale < PLAIN_FROM) { pen.fillStyle = "rgb(18 128 92 / 13%)"; pen.fillRect(left, top, right - left, bottom - top); }
      if (right - left < 5) continue;
      pen.lineWidth = field.looked ? 1.2 : 0.8;
      pen.strokeStyle = field.looked ? "rgb(14 104 75 / 70%)" : "rgb(74 90 104 / 45%)";
      pen.strokeRect(left + 0.5, top + 0.5, right - left - 1, bottom - top - 1);
    }
  }
  points(pen, view, dots, seen, hidden, size, close) {
    pen.setTransform(dots, 0, 0, dots, 0, 0);
    const { x, y, c } = this.all, r = close ? 2.5 : Math.min(6, Math.max(2, size * 0.3));
    for (let k = 0; k < x.length; k++) {
      if (x[k] < seen[0] || x[k] > seen[2] || y[k] < seen[1] || y[k] > seen[3] || hidden.has(c[k])) continue;
      pen.beginPath();
      pen.arc(x[k] * view.scale + view.x, y[k] * view.scale + view.y, r, 0, 6.2832);
      pen.fillStyle = this.colour(c[k]);
      pen.fill();
      pen.lineWidth = 1.2; pen.strokeStyle = "#ffffff"; pen.stroke();
    }
  }
  lines(pen, view, dots, seen, hidden) {
    for (const field of this.fields) {
      const [x0, y0, x1, y1] = field.seen ?? field.box;
      if (!field.outlines || x1 < seen[0] || x0 > seen[2] || y1 < seen[1] || y0 > seen[3]) continue;
      const its = this.outlined(field);
      if (!its) continue;
      const s = view.scale * field.factor; // outlines are in pixels of the field
      pen.setTransform(s * dots, 0, 0, s * dots, (x0 * view.scale + view.x) * dots, (y0 * view.scale + view.y) * dots);
      for (const { path, c } of its) {
        if (hidden.has(c)) continue;
        lined(pen, path, "rgb(255 255 255 / 75%)", 4 / s);
        lined(pen, path, this.colour(c), 2 / s);
      }
    }
  }
  outlined(field) {
    if (!this.outlines.has(field.outlines)) {
      this.outlines.set(field.outlines, null);
      if (this.outlines.size > 60) this.outlines.delete(this.outlines.keys().next().value);
      fetch(field.outlines).then((answer) => (answer.ok ? answer.json() : [])).then((sheet) => {
        const place = new Map(this.classes.map((one, k) => [one.code, k]));
        this.outlines.set(field.outlines, shaped(sheet).map((cell) => ({ path: cell.path, c: place.get(cell.call) ?? -1 })));
        this.changed();
      }).catch(() => this.outlines.delete(field.outlines));
    }
    return this.outlines.get(field.outlines);
  }
  // The cell nearest to a point of the screen, if it is near: the place of its class, -1 for no call; null for none.
  under(view, sx, sy, hidden) {
    if (!this.all || view.scale < DOTS_FROM) return null;
    const { x, y, c } = this.all, [px, py] = view.at(sx, sy);
    let best = null, near = 12 / view.scale;
    for (let k = 0; k < x.length; k++) {
      const far = Math.max(Math.abs(x[k] - px), Math.abs(y[k] - py));
      if (far < near && !hidden.has(c[k])) { near = far; best = c[k]; }
    }
    return best;
  }
  colour(c) { return this.classes[c]?.colour ?? NONE; }
}
