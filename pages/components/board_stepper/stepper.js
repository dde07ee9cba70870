// Called again whenever `data` changed: what is shown stays where it is. Nothing is ever sent to the server.
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".stepper");
  const held = (parentElement.__stepper ??= { step: 0, outlined: true });
  held.columns = data.columns;
  const most = Math.max(0, ...held.columns.map((column) => column.slides.length));
  held.step = Math.min(held.step, Math.max(most - 1, 0));
  build(root, held, most);

  const pressed = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || typing(event)) return;
    const to = { ArrowRight: held.step + 1, ArrowLeft: held.step - 1, Home: 0, End: most - 1 }[event.key];
    if (to !== undefined) go(held, to, most);
    else if (event.key === "o") toggle(held);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("keydown", pressed, true); // a presenter's clicker speaks to whatever has the focus
  return () => document.removeEventListener("keydown", pressed, true);
}

function typing(event) {
  const target = event.composedPath()[0];
  if (!(target instanceof Element)) return false;
  return target.matches("input, textarea, select, [contenteditable=true], [role=slider], [role=radio], [role=tab]");
}

function build(root, held, most) {
  root.replaceChildren();
  const bar = made("div", "bar");
  held.back = button("‹ Back", () => go(held, held.step - 1, most));
  held.on = button("Next ›", () => go(held, held.step + 1, most));
  held.count = made("span", "count");
  held.count.setAttribute("aria-live", "polite");
  held.lines = button(held.outlined ? "Hide outlines" : "Show outlines", () => toggle(held));
  bar.append(held.back, held.on, held.count, held.lines, made("span", "keys", "Arrow keys step · o: outlines"));
  held.stage = made("div", "stage");
  held.stage.style.setProperty("--columns", String(held.columns.length));
  root.append(bar, held.stage);
  go(held, held.step, most);
}

function go(held, to, most) {
  held.step = Math.max(0, Math.min(to, most - 1));
  held.back.disabled = held.step <= 0;
  held.on.disabled = held.step >= most - 1;
  held.count.textContent = most ? `${held.step + 1} of ${most}` : "";
  held.stage.replaceChildren(...held.columns.map((column) => figure(column, held)));
  held.lines.hidden = !held.columns.some((column) => column.slides[held.step]?.outlines);
  for (const column of held.columns) ahead(column.slides[held.step + 1]);
}

function figure(column, held) {
  const slide = column.slides[Math.min(held.step, column.slides.length - 1)];
  const figure = made("figure", "");
  if (!slide) {
    figure.append(made("div", "none", `${column.name}: nothing was chosen`));
    return figure;
  }
  const picture = made("div", slide.wide ? "picture wide" : "picture");
  if (slide.colour) picture.style.setProperty("--colour", slide.colour);
  const img = made("img", "");
  img.src = slide.address;
  img.alt = slide.name;
  picture.append(img);
  if (slide.outlines && held.outlined) picture.insertAdjacentHTML("beforeend", slide.outlines);
  const words = made("figcaption", "");
  words.append(made("b", "", slide.name), made("span", "", slide.said), made("span", "case", column.name));
  figure.append(picture, words);
  return figure;
}

function toggle(held) {
  held.outlined = !held.outlined;
  held.lines.textContent = held.outlined ? "Hide outlines" : "Show outlines";
  held.stage.replaceChildren(...held.columns.map((column) => figure(column, held)));
}

function ahead(slide) {
  if (slide) new Image().src = slide.address; // the next picture is there before it is asked for
}

function button(text, act) {
  const made_ = made("button", "", text);
  made_.type = "button";
  made_.addEventListener("click", act);
  return made_;
}

function made(name, kind, text = "") {
  const element = document.createElement(name);
  if (kind) element.className = kind;
  element.textContent = text;
  return element;
}
