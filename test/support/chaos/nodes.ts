/** Nodes that share one database and are killed again and again; each comes back on its port. */
import { rm } from "node:fs/promises";
import { createDataDir } from "../home.ts";
import { freePort } from "../ports.ts";
import { launchDunlinProcess, type DunlinProcess } from "../process.ts";
import { readReadiness, type Settings } from "../server.ts";
import { eventually } from "../wait.ts";

const readyWithinMs = 60_000;

export type NodePlace = { readonly port: number; readonly dataDir: string };

/** Where `count` nodes will live. */
export function findPlaces(count: number): Promise<readonly NodePlace[]> {
  const places = Array.from({ length: count }, async () => ({
    port: await freePort(),
    dataDir: await createDataDir(),
  }));
  return Promise.all(places);
}

export type NodeOptions = NodePlace & { readonly sandboxUrl: string; readonly env: Settings };

/** One node through all its lives, under a service manager that starts it again when it ends by itself. */
export class ChaosNode {
  readonly #options: NodeOptions;
  readonly #lives: DunlinProcess[] = [];
  /** The last words of lives that nobody ended. */
  readonly #ownEnds: string[] = [];
  #isWanted = false;

  constructor(options: NodeOptions) {
    this.#options = options;
  }

  /** Begins a life and waits for nothing. */
  start(): void {
    this.#isWanted = true;
    const life = launchDunlinProcess(this.#options);
    this.#lives.push(life);
    life.onEnd(() => {
      if (!this.#isWanted || this.#current !== life) return;
      this.#ownEnds.push(life.output().trim().split("\n").at(-1) ?? "");
      this.start();
    });
  }

  get pid(): number {
    return this.#current.pid;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#options.port}`;
  }

  /** Resolves when everything it depends on is well. */
  async ready(): Promise<void> {
    try {
      await eventually(async () => (await readReadiness(this.url)).status === 200, {
        withinMs: readyWithinMs,
        everyMs: 50,
      });
    } catch (error) {
      throw new Error(`A node did not get ready:\n${this.#current.output().slice(-4000)}`, { cause: error });
    }
  }

  kill(): Promise<void> {
    this.#isWanted = false;
    return this.#current.kill();
  }

  /** Each time that it ended although nobody asked it to: what it said last. */
  ownEnds(): readonly string[] {
    return this.#ownEnds;
  }

  /** As at a deployment: asked to end, and started anew. */
  async redeploy(): Promise<void> {
    this.#isWanted = false;
    await this.#current.stop();
    this.start();
    await this.ready();
  }

  /** Everything it printed in all its lives. */
  output(): string {
    return this.#lives.map((life) => life.output()).join("\n---- killed ----\n");
  }

  async remove(): Promise<void> {
    this.#isWanted = false;
    await this.#lives.at(-1)?.kill();
    await rm(this.#options.dataDir, { recursive: true, force: true });
  }

  get #current(): DunlinProcess {
    const life = this.#lives.at(-1);
    if (life === undefined) throw new Error("The node was never started.");
    return life;
  }
}
