/** A block of lines that is redrawn in place on a terminal, and told now and then where there is none. */

/** Where it is written: a terminal, or a file or pipe. */
export type Output = { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };

const upAndClear = (lines: number): string => `\u001B[${lines}A\u001B[0J`;
const tellEveryMs = 10_000;

export class LiveBlock {
  readonly #output: Output;
  readonly #silent: boolean;
  readonly #nowMs: () => number;
  #drawn: readonly string[] = [];
  #last: { readonly lines: readonly string[]; readonly stage: string; readonly atMs: number } | undefined;

  constructor(
    output: Output,
    { silent = false, nowMs = Date.now }: { readonly silent?: boolean; readonly nowMs?: () => number } = {},
  ) {
    this.#output = output;
    this.#silent = silent;
    this.#nowMs = nowMs;
  }

  /** Shows the block as it is now. Without a terminal it is told when the stage changes, and every ten seconds. */
  show(lines: readonly string[], stage: string): void {
    if (this.#silent) return;
    if (this.#output.isTTY) return this.#redraw(lines);
    const last = this.#last;
    const isNews = !last || last.stage !== stage || this.#nowMs() - last.atMs >= tellEveryMs;
    if (!isNews || last?.lines.join() === lines.join()) return;
    this.#last = { lines, stage, atMs: this.#nowMs() };
    this.#write(lines);
  }

  /** Lines that stay, above the block. */
  above(lines: readonly string[]): void {
    if (this.#silent) return;
    if (this.#output.isTTY) this.#erase();
    this.#write([...lines, ""]);
  }

  /** The block is gone; what was told without a terminal stays. */
  clear(): void {
    if (this.#output.isTTY && !this.#silent) this.#erase();
    this.#drawn = [];
  }

  /** The block stays as it was shown last. */
  end(): void {
    this.#drawn = [];
  }

  #redraw(lines: readonly string[]): void {
    if (lines.join("\n") === this.#drawn.join("\n")) return;
    this.#erase();
    this.#write(lines);
    this.#drawn = lines;
  }

  #erase(): void {
    if (this.#drawn.length > 0) this.#output.write(upAndClear(this.#rowsOf(this.#drawn)));
    this.#drawn = [];
  }

  /** A line longer than the terminal is wide takes several rows. */
  #rowsOf(lines: readonly string[]): number {
    const width = this.#output.columns ?? Number.POSITIVE_INFINITY;
    return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / width)), 0);
  }

  #write(lines: readonly string[]): void {
    this.#output.write(lines.map((line) => `${line}\n`).join(""));
  }
}
