// The cell in question: fitted at first, then zoomed and moved as the learner likes; alone or in its field.
function makeStage(element) {
  const picture = element.querySelector("img");
  const ring = element.querySelector(".ring");
  const trouble = element.querySelector(".trouble");
  const view = { zoom: 1, dx: 0, dy: 0, item: null, field: false };

  function centre() {
    const wide = picture.naturalWidth, high = picture.naturalHeight;
    if (!view.field) return { x: wide / 2, y: high / 2, side: Math.max(wide, high), radius: 0 };
    const told = view.item.field, ratio = wide / told.width, [x0, y0, x1, y1] = told.box.map((v) => v * ratio);
    const size = Math.max(x1 - x0, y1 - y0);
    return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, side: size * 9, radius: size * 0.72 };
  }

  function draw() {
    if (!picture.naturalWidth) return;
    const room = element.clientWidth, about = centre(), scale = (room / about.side) * view.zoom, half = room / 2 / scale;
    const within = (middle, long) => (long > 2 * half ? Math.min(Math.max(middle, half), long - half) : long / 2);
    const left = room / 2 - within(about.x, picture.naturalWidth) * scale + view.dx;
    const top = room / 2 - within(about.y, picture.naturalHeight) * scale + view.dy;
    picture.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
    picture.style.imageRendering = scale > 6 ? "pixelated" : "auto";
    ring.hidden = !about.radius;
    const radius = about.radius * scale;
    ring.style.cssText = `left:${left + about.x * scale - radius}px; top:${top + about.y * scale - radius}px; width:${2 * radius}px; height:${2 * radius}px`;
  }

  function zoom(factor) {
    const was = view.zoom;
    view.zoom = Math.min(8, Math.max(0.5, was * factor));
    view.dx *= view.zoom / was;
    view.dy *= view.zoom / was;
    draw();
  }

  function show(item, field = false) {
    Object.assign(view, { zoom: 1, dx: 0, dy: 0, item, field: field && !!item.field });
    trouble.hidden = true;
    picture.style.visibility = "hidden"; // the last cell must not stand where the next one is expected
    ring.hidden = true;
    const source = view.field ? item.field.src : item.src;
    if (picture.getAttribute("src") === source && picture.complete) return loaded();
    picture.src = source;
  }

  function loaded() {
    picture.style.visibility = picture.naturalWidth ? "visible" : "hidden";
    draw();
  }

  picture.onload = loaded;
  picture.onerror = () => { trouble.hidden = false; picture.style.visibility = "hidden"; };
  element.onwheel = (event) => { event.preventDefault(); zoom(event.deltaY < 0 ? 1.18 : 1 / 1.18); };
  element.ondblclick = () => show(view.item, view.field);
  element.onpointerdown = (event) => { element.setPointerCapture(event.pointerId); element.classList.add("moving"); };
  element.onpointermove = (event) => {
    if (!element.hasPointerCapture(event.pointerId)) return;
    view.dx += event.movementX;
    view.dy += event.movementY;
    draw();
  };
  element.onpointerup = element.onpointercancel = () => element.classList.remove("moving");
  const watcher = new ResizeObserver(draw);
  watcher.observe(element);
  return { show, zoom, field: () => show(view.item, !view.field), inField: () => view.field, stop: () => watcher.disconnect() };
}
