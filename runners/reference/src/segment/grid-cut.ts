// Boykov and Kolmogorov's maximum flow on a grid: two trees grow from source and sink until they touch; the path is filled; branches that
// lost their parent look for another one in their tree.

const free = 0;
const source = 1;
const sink = 2;
/** Values of `parent` besides the directions 0 to 7. */
const terminal = 8;
const orphaned = 9;
const none = 10;

/** Steps to the eight neighbors; the opposite of direction d is 7 - d. */
export const directions: readonly (readonly [dx: number, dy: number])[] = [
  [-1, -1],
  [0, -1],
  [1, -1],
  [-1, 0],
  [1, 0],
  [-1, 1],
  [0, 1],
  [1, 1],
];

/** A graph whose nodes are the pixels of a picture, joined to their eight neighbors, to a source and to a sink. */
export class GridCut {
  readonly #offsets: readonly number[];
  /** What each edge can still carry, eight for each pixel. */
  readonly #rest: Float64Array;
  /** More than 0: left from the source; less: left to the sink. */
  readonly #terminals: Float64Array;
  readonly #tree: Uint8Array;
  readonly #parent: Uint8Array;
  readonly #distance: Int32Array;
  readonly #stamp: Int32Array;
  readonly #active: number[] = [];
  readonly #isActive: Uint8Array;
  readonly #orphans: number[] = [];
  #time = 0;

  constructor(width: number, height: number) {
    const size = width * height;
    this.#offsets = directions.map(([dx, dy]) => dy * width + dx);
    this.#rest = new Float64Array(size * 8);
    this.#terminals = new Float64Array(size);
    this.#tree = new Uint8Array(size);
    this.#parent = new Uint8Array(size).fill(none);
    this.#distance = new Int32Array(size);
    this.#stamp = new Int32Array(size);
    this.#isActive = new Uint8Array(size);
  }

  /** Joins a pixel to source and sink. */
  terminals(pixel: number, fromSource: number, toSink: number): void {
    this.#terminals[pixel] = fromSource - toSink;
  }

  /** Joins a pixel to its neighbor in a direction, both ways. The neighbor must exist. */
  edge(pixel: number, direction: number, weight: number): void {
    this.#rest[pixel * 8 + direction] = weight;
    this.#rest[(pixel + (this.#offsets[direction] as number)) * 8 + 7 - direction] = weight;
  }

  /** Finds the cheapest cut; 1 for each pixel on the source's side. */
  cut(): Uint8Array {
    for (let pixel = 0; pixel < this.#tree.length; pixel++) {
      const terminalRest = this.#terminals[pixel] as number;
      if (terminalRest === 0) continue;
      this.#tree[pixel] = terminalRest > 0 ? source : sink;
      this.#parent[pixel] = terminal;
      this.#distance[pixel] = 1;
      this.#activate(pixel);
    }
    for (let head = 0; head < this.#active.length; ) {
      const pixel = this.#active[head] as number;
      const meeting = this.#tree[pixel] === free ? undefined : this.#grow(pixel);
      if (meeting === undefined) {
        this.#isActive[pixel] = 0;
        head++;
        if (head > 1 << 16) {
          this.#active.splice(0, head);
          head = 0;
        }
        continue;
      }
      this.#time++;
      this.#fill(meeting.pixel, meeting.direction);
      for (let orphan = this.#orphans.pop(); orphan !== undefined; orphan = this.#orphans.pop()) this.#adopt(orphan);
    }
    return this.#tree.map((tree) => (tree === source ? 1 : 0));
  }

  #activate(pixel: number): void {
    if (this.#isActive[pixel] === 1) return;
    this.#isActive[pixel] = 1;
    this.#active.push(pixel);
  }

  /** Takes free neighbors into the pixel's tree; returns the edge, source's side first, when it meets the other tree. */
  #grow(pixel: number): { readonly pixel: number; readonly direction: number } | undefined {
    const tree = this.#tree[pixel] as number;
    for (let direction = 0; direction < 8; direction++) {
      const other = pixel + (this.#offsets[direction] as number);
      const edge = tree === source ? pixel * 8 + direction : other * 8 + 7 - direction;
      if (!((this.#rest[edge] as number) > 0)) continue;
      const otherTree = this.#tree[other] as number;
      if (otherTree === free) {
        this.#tree[other] = tree;
        this.#parent[other] = 7 - direction;
        this.#distance[other] = (this.#distance[pixel] as number) + 1;
        this.#stamp[other] = this.#stamp[pixel] as number;
        this.#activate(other);
      } else if (otherTree !== tree) {
        return tree === source ? { pixel, direction } : { pixel: other, direction: 7 - direction };
      } else if (
        (this.#stamp[other] as number) <= (this.#stamp[pixel] as number) &&
        (this.#distance[other] as number) > (this.#distance[pixel] as number)
      ) {
        this.#parent[other] = 7 - direction;
        this.#distance[other] = (this.#distance[pixel] as number) + 1;
        this.#stamp[other] = this.#stamp[pixel] as number;
      }
    }
    return undefined;
  }

  /** Sends as much as fits from source to sink over the edge; pixels behind full edges become orphans. */
  #fill(from: number, direction: number): void {
    const to = from + (this.#offsets[direction] as number);
    let amount = this.#rest[from * 8 + direction] as number;
    let pixel = from;
    for (let up = this.#parent[pixel] as number; up !== terminal; up = this.#parent[pixel] as number) {
      pixel += this.#offsets[up] as number;
      amount = Math.min(amount, this.#rest[pixel * 8 + 7 - up] as number);
    }
    amount = Math.min(amount, this.#terminals[pixel] as number);
    pixel = to;
    for (let up = this.#parent[pixel] as number; up !== terminal; up = this.#parent[pixel] as number) {
      amount = Math.min(amount, this.#rest[pixel * 8 + up] as number);
      pixel += this.#offsets[up] as number;
    }
    amount = Math.min(amount, -(this.#terminals[pixel] as number));

    this.#send(from * 8 + direction, to * 8 + 7 - direction, amount);
    pixel = from;
    for (let up = this.#parent[pixel] as number; up !== terminal; up = this.#parent[pixel] as number) {
      const parent = pixel + (this.#offsets[up] as number);
      if (this.#send(parent * 8 + 7 - up, pixel * 8 + up, amount)) this.#orphan(pixel);
      pixel = parent;
    }
    this.#terminals[pixel] = (this.#terminals[pixel] as number) - amount;
    if (this.#terminals[pixel] === 0) this.#orphan(pixel);
    pixel = to;
    for (let up = this.#parent[pixel] as number; up !== terminal; up = this.#parent[pixel] as number) {
      const parent = pixel + (this.#offsets[up] as number);
      if (this.#send(pixel * 8 + up, parent * 8 + 7 - up, amount)) this.#orphan(pixel);
      pixel = parent;
    }
    this.#terminals[pixel] = (this.#terminals[pixel] as number) + amount;
    if (this.#terminals[pixel] === 0) this.#orphan(pixel);
  }

  /** True when the edge is full afterwards. */
  #send(edge: number, back: number, amount: number): boolean {
    this.#rest[edge] = (this.#rest[edge] as number) - amount;
    this.#rest[back] = (this.#rest[back] as number) + amount;
    return this.#rest[edge] === 0;
  }

  #orphan(pixel: number): void {
    this.#parent[pixel] = orphaned;
    this.#orphans.push(pixel);
  }

  /** Finds a new parent for an orphan in its own tree, or sets it free and makes orphans of its children. */
  #adopt(pixel: number): void {
    const tree = this.#tree[pixel] as number;
    let best = none;
    let nearest = Number.POSITIVE_INFINITY;
    for (let direction = 0; direction < 8; direction++) {
      const other = pixel + (this.#offsets[direction] as number);
      const edge = tree === source ? other * 8 + 7 - direction : pixel * 8 + direction;
      if (this.#tree[other] !== tree || !((this.#rest[edge] as number) > 0)) continue;
      const distance = this.#distanceToRoot(other);
      if (distance >= nearest) continue;
      best = direction;
      nearest = distance;
    }
    if (best !== none) {
      this.#parent[pixel] = best;
      this.#stamp[pixel] = this.#time;
      this.#distance[pixel] = nearest + 1;
      return;
    }
    for (let direction = 0; direction < 8; direction++) {
      const other = pixel + (this.#offsets[direction] as number);
      if (this.#tree[other] !== tree) continue;
      const edge = tree === source ? other * 8 + 7 - direction : pixel * 8 + direction;
      if ((this.#rest[edge] as number) > 0) this.#activate(other);
      if (this.#parent[other] === 7 - direction) this.#orphan(other);
    }
    this.#tree[pixel] = free;
    this.#parent[pixel] = none;
  }

  /** Infinite when the way up ends in an orphan. Remembers what it found for this round. */
  #distanceToRoot(start: number): number {
    let pixel = start;
    let steps = 0;
    for (;;) {
      if (this.#stamp[pixel] === this.#time) {
        steps += this.#distance[pixel] as number;
        break;
      }
      const up = this.#parent[pixel] as number;
      steps++;
      if (up === terminal) {
        this.#stamp[pixel] = this.#time;
        this.#distance[pixel] = 1;
        break;
      }
      if (up === orphaned || up === none) return Number.POSITIVE_INFINITY;
      pixel += this.#offsets[up] as number;
    }
    const whole = steps;
    for (let mark = start; this.#stamp[mark] !== this.#time; ) {
      this.#stamp[mark] = this.#time;
      this.#distance[mark] = steps--;
      mark += this.#offsets[this.#parent[mark] as number] as number;
    }
    return whole;
  }
}
