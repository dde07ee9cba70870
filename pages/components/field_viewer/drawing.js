// What is drawn and where: no buttons and no words in here. Joined in front of viewer.js when the page is made.

const NONE = "#8a8f94"; // a cell without a call
const LENGTHS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000]; // µm that a scale bar may stand for

// One field's outlines, made into paths once; colours come later and change often.
function shaped(sheet) {
  return sheet.map((cell) => {
    const path = new Path2D();
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let k = 0; k < cell.points.length; k += 2) {
      const x = cell.points[k] / 10, y = cell.points[k + 1] / 10;
      k ? path.lineTo(x, y) : path.moveTo(x, y);
      box[0] = Math.min(box[0], x); box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x); box[3] = Math.max(box[3], y);
    }
    path.closePath();
    return { ...cell, path, box, area: (box[2] - box[0]) * (box[3] - box[1]) };
  });
}

// The part of a field that is looked at: `scale` screen pixels a picture pixel, and the picture's corner on screen.
class View {
  constructor() { this.scale = 0; this.x = 0; this.y = 0; this.wide = 1; this.tall = 1; }

  of(page) { this.page = page; return this; }
  get least() { return Math.min(this.wide / this.page.width, this.tall / this.page.height); }
  get most() { return Math.max(8, this.least * 8); }
  get fits() { return this.scale <= this.least * 1.001; }

  sized(wide, tall) {
    const fitted = !this.scale || this.fits;
    const [cx, cy] = this.scale ? this.at(this.wide / 2, this.tall / 2) : [0, 0];
    this.wide = wide; this.tall = tall;
    if (fitted) this.fit(); else { this.x = wide / 2 - cx * this.scale; this.y = tall / 2 - cy * this.scale; this.held(); }
  }
  fit() { this.scale = this.least; this.held(); }
  at(sx, sy) { return [(sx - this.x) / this.scale, (sy - this.y) / this.scale]; }
  zoomed(factor, sx = this.wide / 2, sy = this.tall / 2) {
    const [px, py] = this.at(sx, sy);
    this.scale = Math.min(this.most, Math.max(this.least, this.scale * factor));
    this.x = sx - px * this.scale; this.y = sy - py * this.scale;
    this.held();
  }
  moved(dx, dy) { this.x += dx; this.y += dy; this.held(); }
  // A cell in the middle, large enough to be seen with what lies around it.
  onto(box) {
    const size = Math.max(box[2] - box[0], box[3] - box[1], 1);
    this.scale = Math.min(this.most, Math.max(this.least, Math.max(this.scale, (Math.min(this.wide, this.tall) * 0.24) / size)));
    this.x = this.wide / 2 - ((box[0] + box[2]) / 2) * this.scale;
    this.y = this.tall / 2 - ((box[1] + box[3]) / 2) * this.scale;
    this.held();
  }
  // A field smaller than the stage stands in its middle; a larger one leaves no gap.
  held() {
    const along = (start, length, room) =>
      length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, start));
    this.x = along(this.x, this.page.width * this.scale, this.wide);
    this.y = along(this.y, this.page.height * this.scale, this.tall);
  }
}

function drawn(canvas, view, { picture, cells, colour, picked, over }) {
  const dots = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(view.wide * dots), Math.round(view.tall * dots)];
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
  const pen = canvas.getContext("2d");
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, w, h);
  pen.setTransform(view.scale * dots, 0, 0, view.scale * dots, view.x * dots, view.y * dots);
  pen.imageSmoothingQuality = "high";
  if (picture) pen.drawImage(picture, 0, 0, view.page.width, view.page.height);
  const [left, top] = view.at(0, 0), [right, bottom] = view.at(view.wide, view.tall);
  pen.lineJoin = "round";
  const last = picked >= 0 ? [picked] : []; // the picked one above the others
  for (const k of [...cells.keys()].filter((one) => one !== picked).concat(last)) {
    const cell = cells[k], stroke = cell && colour(k);
    if (!stroke || cell.box[2] < left || cell.box[0] > right || cell.box[3] < top || cell.box[1] > bottom) continue;
    const thick = k === picked ? 4 : k === over ? 3.4 : 2.1;
    if (k === picked) lined(pen, cell.path, "#ffffff", (thick + 5) / view.scale);
    if (k === picked) lined(pen, cell.path, "#17242d", (thick + 2.4) / view.scale);
    lined(pen, cell.path, stroke, thick / view.scale);
  }
}

// What was drawn last, moved and stretched to where the view is now: crowded fields follow the finger at once, and are
// drawn sharply when it rests.
const CROWD = 80; // cells
function remembered(canvas, view) {
  const copy = document.createElement("canvas");
  copy.width = canvas.width; copy.height = canvas.height;
  copy.getContext("2d").drawImage(canvas, 0, 0);
  return { copy, scale: view.scale, x: view.x, y: view.y };
}
function moved(canvas, view, picture, last) {
  const dots = window.devicePixelRatio || 1, pen = canvas.getContext("2d"), grown = view.scale / last.scale;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.setTransform(dots, 0, 0, dots, 0, 0);
  pen.imageSmoothingQuality = "low";
  if (picture) pen.drawImage(picture, view.x, view.y, view.page.width * view.scale, view.page.height * view.scale);
  pen.drawImage(last.copy, view.x - last.x * grown, view.y - last.y * grown, (last.copy.width / dots) * grown, (last.copy.height / dots) * grown);
}

function lined(pen, path, colour, width) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke(path);
}

// The smallest cell under a point of the picture, among those that are shown; -1 for none.
function under(cells, x, y, colour) {
  const pen = (under.pen ??= document.createElement("canvas").getContext("2d"));
  let best = -1;
  for (let k = 0; k < cells.length; k++) {
    const { box, area, path } = cells[k];
    if (x < box[0] || x > box[2] || y < box[1] || y > box[3] || !colour(k)) continue;
    if ((best < 0 || area < cells[best].area) && pen.isPointInPath(path, x, y)) best = k;
  }
  return best;
}

// The longest of the round lengths that takes at most 130 pixels on screen.
function bar(view) {
  const um = view.page.um_per_px;
  if (!um) return null;
  const pixels = (length) => (length / um) * view.scale;
  const length = LENGTHS.filter((one) => pixels(one) <= 130).pop() ?? LENGTHS[0];
  return { length, pixels: pixels(length) };
}
