// Buttons, keys, mouse, wheel and fingers: what each of them asks of the viewer. drawing.js stands in front of it.

function wired(viewer) {
  const deeds = {
    before: () => viewer.turn(-1), after: () => viewer.turn(1), fit: () => viewer.moving(() => viewer.view.fit()),
    in: () => viewer.moving(() => viewer.view.zoomed(1.5)), out: () => viewer.moving(() => viewer.view.zoomed(1 / 1.5)),
    outlines: () => { viewer.kept.bare = !viewer.kept.bare; viewer.legend(); viewer.paint(); }, find: () => viewer.find(),
  };
  viewer.root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.do) deeds[button.dataset.do]();
    else if (button?.dataset.place) viewer.shows(button.dataset.place);
  });
  viewer.root.querySelector("select").addEventListener("change", (event) => {
    viewer.open(viewer.data.pages.find((page) => page.id === event.target.value));
  });
  const keys = {
    "+": deeds.in, "=": deeds.in, "-": deeds.out, 0: deeds.fit, n: () => viewer.step(1), p: () => viewer.step(-1),
    Enter: deeds.find, Escape: () => viewer.pick(-1), PageDown: deeds.after, PageUp: deeds.before,
    ArrowLeft: () => viewer.moving(() => viewer.view.moved(70, 0)), ArrowRight: () => viewer.moving(() => viewer.view.moved(-70, 0)),
    ArrowUp: () => viewer.moving(() => viewer.view.moved(0, 70)), ArrowDown: () => viewer.moving(() => viewer.view.moved(0, -70)),
  };
  viewer.canvas.addEventListener("keydown", (event) => {
    event.stopPropagation(); // Streamlit has keys of its own
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  pointed(viewer);
}

function pointed(viewer) {
  const canvas = viewer.canvas, down = new Map();
  let dragged = 0, meant = false; // the wheel zooms only where the pointer was moved to, not where the page took it
  const place = (event) => [event.offsetX, event.offsetY];
  canvas.addEventListener("pointerenter", () => { meant = false; });
  canvas.addEventListener("pointerleave", () => viewer.hover(-1));
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
    if (down.size === 1) dragged = 0;
    meant = true;
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = place(event);
    if (event.movementX || event.movementY) meant = true;
    const from = down.get(event.pointerId);
    if (!from) return viewer.hover(viewer.under(x, y), x, y);
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    viewer.moving(() => {
      if (other) {
        const apart = (a) => Math.hypot(a[0] - other[0], a[1] - other[1]) || 1;
        viewer.view.zoomed(apart([x, y]) / apart(from), (x + other[0]) / 2, (y + other[1]) / 2);
      } else viewer.view.moved(x - from[0], y - from[1]);
    });
    dragged += Math.abs(x - from[0]) + Math.abs(y - from[1]);
    down.set(event.pointerId, [x, y]);
    canvas.classList.toggle("dragged", dragged > 4);
  });
  const up = (event) => {
    if (down.delete(event.pointerId) && event.type === "pointerup" && dragged <= 4) viewer.pick(viewer.under(...place(event)));
    canvas.classList.remove("dragged");
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("dblclick", (event) => viewer.moving(() => viewer.view.zoomed(2, ...place(event))));
  canvas.addEventListener("wheel", (event) => {
    if (!viewer.page || (!meant && !event.ctrlKey) || (event.deltaY > 0 && viewer.view.fits)) return; // the page scrolls
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 24 : 1;
    viewer.moving(() => viewer.view.zoomed(Math.exp(-event.deltaY * lines * 0.0016), ...place(event)));
  }, { passive: false });
}

// --- elements, outlines, pictures

function element(tag, words = "", attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = words;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const sheets = (globalThis.hemaboardSheets ??= new Map()); // outlines never change while their address is the same

async function fetched(address) {
  if (!sheets.has(address)) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${answer.status}`);
    sheets.set(address, await answer.json());
    if (sheets.size > 40) sheets.delete(sheets.keys().next().value);
  }
  return sheets.get(address);
}

function loaded(address) {
  return new Promise((done, failed) => {
    const picture = new Image();
    picture.onload = () => done(picture);
    picture.onerror = failed;
    picture.src = address;
  });
}
