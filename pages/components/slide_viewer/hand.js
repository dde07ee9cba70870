// Buttons, keys, mouse, wheel and fingers: what each of them asks of the viewer.

function wired(viewer) {
  const deeds = {
    fit: () => viewer.moving(() => viewer.view.fit()), draw: () => viewer.drawMode(!viewer.drawing),
    in: () => viewer.moving(() => viewer.view.zoomed(1.6)), out: () => viewer.moving(() => viewer.view.zoomed(1 / 1.6)),
    add: () => viewer.addInView(), remove: () => viewer.remove(), regions: () => viewer.toggle("regions"),
    cells: () => viewer.toggle("cells"), closer: () => viewer.toPicked(),
  };
  viewer.root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.do) deeds[button.dataset.do]();
    else if (button?.dataset.region) viewer.pick(button.dataset.region, true);
    else if (button?.dataset.place) viewer.shows(+button.dataset.place);
  });
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const keys = {
    "+": deeds.in, "=": deeds.in, "-": deeds.out, 0: deeds.fit, n: () => viewer.step(1), p: () => viewer.step(-1),
    r: deeds.add, d: deeds.draw, Delete: deeds.remove, Backspace: deeds.remove, Enter: deeds.closer,
    Escape: () => (viewer.drawing ? viewer.drawMode(false) : viewer.pick("")),
  };
  viewer.root.addEventListener("keydown", (event) => {
    event.stopPropagation(); // Streamlit has keys of its own
    const listed = event.target.dataset?.region; // in the list too, a region is moved and removed by keys
    if (event.target !== viewer.canvas && !listed) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = arrows[event.key];
    if (listed && !arrow && !["Delete", "Backspace"].includes(event.key)) return;
    if (!arrow && !keys[event.key]) return;
    event.preventDefault();
    if (arrow) viewer.arrow(arrow[0], arrow[1], event.shiftKey); else keys[event.key]();
  });
  pointed(viewer);
  overviewed(viewer);
}

function pointed(viewer) {
  const canvas = viewer.canvas, down = new Map();
  let dragged = 0, meant = false, held = null; // `held`: what of a region follows the hand
  const place = (event) => [event.offsetX, event.offsetY];
  canvas.addEventListener("pointerenter", () => { meant = false; }); // the wheel zooms where the pointer was moved to
  canvas.addEventListener("pointerleave", () => viewer.hover(-1e6, -1e6));
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    viewer.hover(-1e6, -1e6);
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
    meant = true;
    if (down.size === 1) { dragged = 0; held = viewer.grasp(...place(event), event.pointerType === "touch" ? FINGER : GRIP); } else { held?.let(); held = null; }
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = place(event), from = down.get(event.pointerId);
    if (event.movementX || event.movementY) meant = true;
    if (!from) { canvas.style.cursor = viewer.cursor(x, y); viewer.hover(x, y); return; }
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    dragged += Math.abs(x - from[0]) + Math.abs(y - from[1]);
    if (held) held.to(x, y);
    else viewer.moving(() => {
      if (other) {
        const apart = (a) => Math.hypot(a[0] - other[0], a[1] - other[1]) || 1;
        viewer.view.zoomed(apart([x, y]) / apart(from), (x + other[0]) / 2, (y + other[1]) / 2);
      } else viewer.view.moved(x - from[0], y - from[1]);
    });
    down.set(event.pointerId, [x, y]);
  });
  const up = (event) => {
    if (!down.delete(event.pointerId)) return;
    if (event.type === "pointerup" && dragged <= 4) { held?.let(); viewer.click(...place(event)); } else held?.done();
    held = null;
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("dblclick", (event) => viewer.moving(() => viewer.view.zoomed(2, ...place(event))));
  canvas.addEventListener("wheel", (event) => {
    if (!viewer.slide || (!meant && !event.ctrlKey) || (event.deltaY > 0 && viewer.view.fits)) return; // the page scrolls
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 24 : 1;
    viewer.moving(() => viewer.view.zoomed(Math.exp(-event.deltaY * lines * 0.0016), ...place(event)));
  }, { passive: false });
}

// The small picture of the whole: where it is pressed, there the view goes.
function overviewed(viewer) {
  const small = viewer.small;
  const go = (event) => {
    const { width, height } = viewer.slide, box = small.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * width, y = ((event.clientY - box.top) / box.height) * height;
    viewer.moving(() => viewer.view.centred(x, y));
  };
  small.addEventListener("pointerdown", (event) => { small.setPointerCapture(event.pointerId); go(event); });
  small.addEventListener("pointermove", (event) => { if (event.buttons) go(event); });
}

function element(tag, words = "", attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = words;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
