// Regions: rectangles of the slide in which cells are counted. How they are moved, stretched, hit and drawn; boxes are
// [left, top, right, bottom] in pixels of the slide.

const LEAST = 256; // pixels of the slide: a region is not made smaller
const GRIP = 10, FINGER = 22; // screen pixels around a handle in which a mouse, or a finger, takes hold of it
const EDGES = [[-1, -1], [0, -1], [1, -1], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0]];
const POINTERS = ["nwse-resize", "ns-resize", "nesw-resize", "ew-resize"];

const kept = (value, low, high) => Math.round(Math.min(Math.max(low, high), Math.max(low, value)));

function movedBy(box, dx, dy, slide) {
  const [wide, tall] = [box[2] - box[0], box[3] - box[1]];
  const x = kept(box[0] + dx, 0, slide.width - wide), y = kept(box[1] + dy, 0, slide.height - tall);
  return [x, y, x + wide, y + tall];
}
// `edge`: which sides follow, e.g. [1, 0]: the right one.
function stretched(box, edge, dx, dy, slide) {
  const [x0, y0, x1, y1] = box, least = Math.min(LEAST, slide.width, slide.height);
  return [
    edge[0] < 0 ? kept(x0 + dx, 0, x1 - least) : x0, edge[1] < 0 ? kept(y0 + dy, 0, y1 - least) : y0,
    edge[0] > 0 ? kept(x1 + dx, x0 + least, slide.width) : x1, edge[1] > 0 ? kept(y1 + dy, y0 + least, slide.height) : y1,
  ];
}
// Between two corners that a hand drew, inside the slide; null when it is not large enough to be meant.
function between(ax, ay, bx, by, slide) {
  const box = [
    kept(Math.min(ax, bx), 0, slide.width), kept(Math.min(ay, by), 0, slide.height),
    kept(Math.max(ax, bx), 0, slide.width), kept(Math.max(ay, by), 0, slide.height),
  ];
  const least = Math.min(LEAST, slide.width, slide.height) / 2;
  return box[2] - box[0] < least || box[3] - box[1] < least ? null : stretched(stretched(box, [1, 1], 0, 0, slide), [-1, -1], 0, 0, slide);
}
const holds = (box, x, y) => x >= box[0] && x < box[2] && y >= box[1] && y < box[3];
const areaOf = (box) => (box[2] - box[0]) * (box[3] - box[1]);

function onScreen(box, view) {
  return [box[0] * view.scale + view.x, box[1] * view.scale + view.y, box[2] * view.scale + view.x, box[3] * view.scale + view.y];
}
function handles(box, view) {
  const [x0, y0, x1, y1] = onScreen(box, view), at = (v, low, high) => (v < 0 ? low : v > 0 ? high : (low + high) / 2);
  return EDGES.map((edge, k) => ({ edge, pointer: POINTERS[k % 4], x: at(edge[0], x0, x1), y: at(edge[1], y0, y1) }));
}
function gripped(box, view, sx, sy, near = GRIP) {
  return handles(box, view).find((one) => Math.abs(one.x - sx) <= near && Math.abs(one.y - sy) <= near) ?? null;
}
// The smallest region under a point of the slide.
function regionAt(regions, x, y) {
  return regions.filter((one) => holds(one.box, x, y)).sort((a, b) => areaOf(a.box) - areaOf(b.box))[0] ?? null;
}

// Proposed ones dashed, a person's own drawn through; `drawing` is the one under the hand.
function drawnRegions(pen, view, dots, regions, picked, editable) {
  pen.setTransform(dots, 0, 0, dots, 0, 0);
  for (const region of regions) {
    const is = region.id === picked, [x0, y0, x1, y1] = onScreen(region.box, view);
    if (x1 < 0 || y1 < 0 || x0 > view.wide || y0 > view.tall) continue;
    const place = [x0, y0, x1 - x0, y1 - y0];
    pen.fillStyle = is ? "rgb(11 92 171 / 14%)" : "rgb(11 92 171 / 6%)";
    if (view.scale < 0.2) pen.fillRect(...place); // closer, the stain is looked at
    pen.lineWidth = is ? 6 : 4.5; pen.strokeStyle = "rgb(255 255 255 / 85%)"; pen.strokeRect(...place);
    pen.setLineDash(region.own ? [] : [9, 5]);
    pen.lineWidth = is ? 3 : 2; pen.strokeStyle = "#0b5cab"; pen.strokeRect(...place);
    pen.setLineDash([]);
    if (region.name) named(pen, region.name, Math.max(x0, 0), Math.max(y0, 0)); // at its corner, or where it enters
    if (!is || !editable) continue;
    pen.lineWidth = 2;
    for (const { x, y } of handles(region.box, view)) {
      pen.fillStyle = "#ffffff"; pen.strokeStyle = "#0b5cab";
      pen.fillRect(x - 5, y - 5, 10, 10); pen.strokeRect(x - 5, y - 5, 10, 10);
    }
  }
}
function named(pen, name, left, top) {
  pen.font = "600 12px system-ui, sans-serif";
  const wide = pen.measureText(name).width + 10;
  pen.fillStyle = "#0b5cab"; pen.fillRect(left, top, wide, 18);
  pen.fillStyle = "#ffffff"; pen.textBaseline = "middle"; pen.fillText(name, left + 5, top + 9.5);
}
