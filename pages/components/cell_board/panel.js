// The cell in question: large, with what the machine says of it, the classes to name it by, and cells to compare with.

const BESIDE_AFTER = 250; // ms that the focus rests before reference cells are asked for
const element = (tag, className, textContent = "") =>
  Object.assign(document.createElement(tag), { className, textContent });
const percent = (permille) => (permille > 0 && permille < 10 ? "< 1 %" : `${Math.round(permille / 10)} %`);

class Panel {
  constructor(side, board) {
    Object.assign(this, { side, board });
    this.picture = element("canvas", "large");
    this.picture.setAttribute("role", "img");
    this.name = element("div", "name");
    this.facts = element("div", "facts");
    this.likely = element("div", "likely");
    this.where = element("button", "where", "Show in its field");
    this.where.type = "button";
    this.where.onclick = () => board.wish({ kind: "field", cell: board.focus });
    this.choices = element("div", "choices");
    this.choices.setAttribute("role", "group");
    this.choices.setAttribute("aria-label", "Name the selected cells");
    this.others = element("div", "others");
    const first = element("div", "first");
    const second = element("div", "second");
    const words = element("div", "words");
    words.append(this.name, this.facts);
    first.append(this.picture, words, this.likely, this.where);
    second.append(this.choices, this.others);
    side.append(first, second);
  }

  /** One button a class, with its key. */
  build() {
    const { deck } = this.board;
    this.choices.replaceChildren();
    this.buttons = deck.classes.map((cls, code) => {
      const button = element("button", "choice");
      button.type = "button";
      button.title = cls.means;
      button.style.setProperty("--c", cls.colour);
      button.append(element("span", "", cls.name), element("kbd", "", cls.key));
      button.onclick = () => {
        this.board.call(code);
        this.board.grid.list.focus({ preventScroll: true });
      };
      this.choices.append(button);
      return button;
    });
  }

  paint() {
    const { board } = this;
    const { deck, focus } = board;
    const there = focus >= 0;
    this.side.classList.toggle("none", !there);
    this.buttons.forEach((button, code) => {
      button.disabled = !board.editable || !there;
      button.setAttribute("aria-pressed", there && deck.name[focus] === code);
    });
    this.where.hidden = !there || !board.linked;
    if (!there) {
      this.name.textContent = "No cell chosen";
      this.facts.replaceChildren();
      this.likely.replaceChildren();
      this.others.replaceChildren();
      this.drawn = "";
      this.draw();
      return;
    }
    const told = board.words(focus);
    this.name.textContent = told.name;
    this.name.style.setProperty("--c", told.colour);
    this.facts.replaceChildren(...deck.facts(focus).map((line) => element("div", "", line)));
    this.bars(deck.likely(focus, 4));
    this.draw();
    if (this.of !== focus || this.version !== board.version) this.compare(focus);
  }

  bars(likely) {
    const { deck } = this.board;
    this.likely.replaceChildren(
      ...likely.map(([code, share]) => {
        const row = element("div", "bar");
        row.style.setProperty("--c", deck.classes[code].colour);
        row.style.setProperty("--share", `${share / 10}%`);
        row.append(element("span", "", deck.classes[code].name), element("span", "", percent(share)));
        return row;
      }),
    );
  }

  draw() {
    const { board, picture } = this;
    const { deck, look, focus, kind } = board;
    const strip = deck.wide && look.part < 0;
    const [width, height] = strip ? [480, 96] : [320, 320];
    const key = `${focus} ${kind} ${look.part}`;
    if (this.drawn === key) return;
    if (picture.width !== width || picture.height !== height) Object.assign(picture, { width, height });
    picture.classList.toggle("strip", strip);
    if (focus < 0) {
      picture.getContext("2d").clearRect(0, 0, width, height);
      return;
    }
    picture.setAttribute("aria-label", board.words(focus).label);
    if (board.pictures.draw(picture, focus, SIDES[1], kind, look.part)) this.drawn = key;
    else if (this.asked !== key) {
      this.asked = key;
      board.pictures.fetch([focus], SIDES[1], kind);
    }
  }

  /** New pictures came. */
  redraw() {
    this.draw();
    for (const canvas of this.others.querySelectorAll("canvas")) this.small(canvas);
  }

  compare(focus) {
    const { board } = this;
    this.of = focus;
    this.version = board.version;
    clearTimeout(this.timer);
    if (board.blinded) {
      this.others.replaceChildren();
      return;
    }
    this.timer = setTimeout(async () => {
      const answer = await fetch(`${board.address}/beside?${board.query}&of=${focus}`).catch(() => null);
      if (answer?.ok && this.of === focus) this.lay(await answer.json());
    }, BESIDE_AFTER);
  }

  /** First the classes in question, then the others. */
  lay(found) {
    const { deck, focus } = this.board;
    const asked = [deck.name[focus], ...deck.possible(focus)];
    const codes = deck.classes.map((_, code) => code).filter((code) => found[deck.classes[code].code]);
    codes.sort((a, b) => asked.includes(b) - asked.includes(a) || a - b);
    const parts = [element("h4", "", "Beside it: reviewed cells most like this one")];
    if (!codes.length) parts.push(element("p", "", "None yet: reference cells are those that somebody has named."));
    for (const code of codes) {
      const row = element("div", "row");
      row.style.setProperty("--c", deck.classes[code].colour);
      row.append(element("span", "", deck.classes[code].name));
      for (const cell of found[deck.classes[code].code]) {
        const button = element("button", "other");
        const canvas = element("canvas", "");
        button.type = "button";
        button.setAttribute("aria-label", `Go to a reviewed ${deck.classes[code].name}`);
        button.onclick = () => this.board.goTo(cell);
        Object.assign(canvas, { width: 96, height: 96, cell });
        button.append(canvas);
        row.append(button);
      }
      parts.push(row);
    }
    this.others.replaceChildren(...parts);
    const missing = [...this.others.querySelectorAll("canvas")].filter((canvas) => !this.small(canvas));
    const { pictures, look } = this.board;
    for (let k = 0; k < missing.length; k += A_SHEET) {
      pictures.fetch(missing.slice(k, k + A_SHEET).map((canvas) => canvas.cell), SIDES[0], Number(look.alone));
    }
  }

  small(canvas) {
    const { pictures, look, deck } = this.board;
    const part = deck.wide ? Math.min(Math.max(look.part, 0), PARTS.length - 1) : -1;
    return pictures.draw(canvas, canvas.cell, SIDES[0], Number(look.alone), part);
  }
}
