// What a person does to cells, on its way to the server: one batch at a time, each sent until it is acknowledged.
//
// What the server has not acknowledged is also held by the tab, so that going to another page and back loses nothing.

const SOON = 150; // ms that edits are gathered before they are sent
const AGAIN = 8000; // ms after which an unanswered batch is sent once more; the server knows its number
const MOST_AT_ONCE = 1000;

class Edits {
  constructor(place, send) {
    this.place = place;
    this.send = send;
    this.done = []; // steps that undo goes back over
    this.undone = [];
    const left = this.remembered();
    // Always a name of its own: a tab that was doubled must not number its batches like the other one.
    this.client = [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join("");
    this.seq = 0;
    this.queue = left?.queue || [];
    this.flying = left?.flying || null;
    if (this.flying) this.post();
    else if (this.queue.length) this.soon();
  }

  get pending() {
    return [...(this.flying?.edits || []), ...this.queue];
  }

  /** A step is [{cell, from: {code, done}, code}]. */
  step(changes, why) {
    this.done.push(changes);
    this.undone = [];
    this.add(changes.map(({ cell, code }) => [cell, code, why]));
  }

  back() {
    const changes = this.done.pop();
    if (!changes) return null;
    this.undone.push(changes);
    const edit = ({ cell, from }) => (from.done ? [cell, from.code, "undone"] : [cell, TAKEN_BACK, ""]);
    const edits = changes.map(edit);
    this.add(edits);
    return edits;
  }

  forth() {
    const changes = this.undone.pop();
    if (!changes) return null;
    this.done.push(changes);
    const edits = changes.map(({ cell, code }) => [cell, code, "done again"]);
    this.add(edits);
    return edits;
  }

  add(edits) {
    this.queue.push(...edits);
    this.remember();
    this.soon();
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pump(), SOON);
  }

  pump() {
    clearTimeout(this.timer);
    if (this.flying || !this.queue.length) return;
    this.seq += 1;
    this.flying = { client: this.client, seq: this.seq, edits: this.queue.splice(0, MOST_AT_ONCE) };
    this.remember();
    this.post();
  }

  post() {
    clearTimeout(this.repeat);
    this.repeat = setTimeout(() => this.post(), AGAIN);
    if (this.flying) this.send(this.flying);
    else clearTimeout(this.repeat);
  }

  /** The server's answer; whether it was to the batch under way. */
  answered(ack) {
    if (!this.flying || ack?.client !== this.flying.client || ack.seq < this.flying.seq) return false;
    this.flying = null;
    clearTimeout(this.repeat);
    if (ack.refused) {
      this.queue = [];
      this.done = [];
      this.undone = [];
    }
    this.remember();
    this.pump();
    return true;
  }

  remembered() {
    try {
      return JSON.parse(sessionStorage.getItem(this.place));
    } catch {
      return null;
    }
  }

  remember() {
    const { queue, flying } = this;
    try {
      if (queue.length || flying) sessionStorage.setItem(this.place, JSON.stringify({ queue, flying }));
      else sessionStorage.removeItem(this.place);
    } catch {
      // no room or not allowed: then only what this page holds is sent
    }
  }

  close() {
    this.pump();
    clearTimeout(this.timer);
    clearTimeout(this.repeat);
  }
}
