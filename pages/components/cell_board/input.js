// Keys and mouse over the gallery.

function listen(board) {
  const { root, grid } = board;
  const { list, scroller } = grid;
  root.addEventListener("keydown", (event) => {
    event.stopPropagation(); // Streamlit has shortcuts of its own
    if (!board.keys.hidden) {
      if (event.key === "Escape" || event.key === "?") board.help(false);
      if (event.key === "Tab") {
        event.preventDefault(); // the dialog has one button
        board.keys.querySelector(".close").focus();
      }
      return;
    }
    const typing = event.target.matches("input, select");
    if (typing && event.key === "Escape") list.focus();
    if (typing || !board.deck) return;
    if (pressed(board, event)) event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => press(board, event));
  list.addEventListener("click", (event) => {
    const tile = event.pointerType !== "mouse" && event.target.closest(".tile");
    if (tile) board.pick([tile.cell], tile.cell);
  });
  list.addEventListener("pointermove", (event) => {
    const tile = event.pointerType === "mouse" && !event.buttons && event.target.closest(".tile");
    if (tile) board.hover.show(tile.cell, tile);
    else board.hover.hide();
  });
  list.addEventListener("pointerleave", () => board.hover.hide());
  scroller.addEventListener("scroll", () => board.hover.hide(), { passive: true });
  root.addEventListener("pointerleave", () => board.edits?.pump()); // who leaves may be about to turn the page
  document.addEventListener("visibilitychange", () => document.hidden && board.edits?.pump());
}

/** Whether the key was one of ours. */
function pressed(board, event) {
  const { key } = event;
  const steering = event.ctrlKey || event.metaKey;
  if (steering && !event.altKey) {
    const letter = key.toLowerCase();
    if (letter === "z") event.shiftKey ? board.redo() : board.undo();
    else if (letter === "y") board.redo();
    else if (letter === "a" && onList(board, event)) board.pick(board.grid.order, board.focus);
    else return false;
    return true;
  }
  if (key === "?") {
    board.help(true);
    return true;
  }
  return onList(board, event) && !event.altKey && steered(board, event);
}

const onList = (board, event) => event.target === board.grid.list;

function steered(board, event) {
  const { grid, focus } = board;
  const place = grid.place[focus];
  const to = {
    ArrowRight: () => place + 1,
    ArrowLeft: () => place - 1,
    ArrowDown: () => grid.below(place, 1),
    ArrowUp: () => grid.below(place, -1),
    PageDown: () => grid.below(place, grid.page),
    PageUp: () => grid.below(place, -grid.page),
    Home: () => 0,
    End: () => grid.order.length - 1,
  }[event.key];
  if (to) {
    if (focus >= 0) board.move(to(), event.shiftKey);
    return true;
  }
  const does = {
    " ": () => board.toggle(focus),
    Enter: () => board.call(null),
    Escape: () => board.pick([], focus),
    ".": () => board.next(),
    "+": () => board.zoom(1),
    "=": () => board.zoom(1),
    "-": () => board.zoom(-1),
  }[event.key];
  if (does) {
    if (focus >= 0) does();
    return true;
  }
  const code = board.deck.classes.findIndex((cls) => cls.key && cls.key === event.key.toLowerCase());
  if (code >= 0 && !event.repeat) board.call(code);
  return code >= 0;
}

/** A press on a cell chooses it; drawn further, it becomes a frame that chooses all it touches. */
function press(board, event) {
  if (event.button !== 0 || !board.deck) return;
  const { list, scroller } = board.grid;
  const tile = event.target.closest(".tile");
  const add = event.ctrlKey || event.metaKey;
  list.focus({ preventScroll: true });
  board.hover.hide();
  if (event.pointerType !== "mouse") return; // a finger scrolls, and taps
  event.preventDefault();
  const box = () => list.getBoundingClientRect();
  const start = { x: event.clientX - box().left, y: event.clientY - box().top };
  const before = add ? [...board.picked] : [];
  let frame = null;
  const drawn = (moved) => {
    const at = { x: moved.clientX - box().left, y: moved.clientY - box().top };
    if (!frame && Math.hypot(at.x - start.x, at.y - start.y) < DRAG) return;
    if (!frame) {
      frame = element("div", "frame");
      list.append(frame);
    }
    const edge = scroller.getBoundingClientRect();
    if (moved.clientY > edge.bottom - 20) scroller.scrollTop += 24;
    if (moved.clientY < edge.top + 20) scroller.scrollTop -= 24;
    const [left, right] = [Math.min(start.x, at.x), Math.max(start.x, at.x)];
    const [top, bottom] = [Math.min(start.y, at.y), Math.max(start.y, at.y)];
    Object.assign(frame.style, { left: `${left}px`, top: `${top}px` });
    Object.assign(frame.style, { width: `${right - left}px`, height: `${bottom - top}px` });
    const touched = board.grid.within(left, top, right, bottom);
    board.picked = new Set([...before, ...touched]);
    if (touched.length) board.focus = board.anchor = touched[0];
    board.draw();
  };
  const ended = () => {
    window.removeEventListener("pointermove", drawn);
    window.removeEventListener("pointerup", ended);
    window.removeEventListener("pointercancel", ended);
    if (frame) {
      frame.remove();
      board.draw();
    } else if (tile && event.shiftKey) board.range(tile.cell);
    else if (tile && add) board.toggle(tile.cell);
    else if (tile) board.pick([tile.cell], tile.cell);
    else board.pick([], board.focus);
  };
  window.addEventListener("pointermove", drawn);
  window.addEventListener("pointerup", ended);
  window.addEventListener("pointercancel", ended);
}
