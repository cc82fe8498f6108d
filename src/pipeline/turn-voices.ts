/** Who has spoken to a person, and about which invoice: what is in the database, what is on its way, and what this turn adds. */
import { channelAt, type CompiledRule } from "../rules/program.ts";
import type { SentMessage } from "../rules/run.ts";
import type { OpenRun, Speaker } from "../rules/store.ts";
import type { KnownNow } from "./run-inputs.ts";

export class Voices {
  readonly #nowS: number;
  readonly #sent: SentMessage[];
  #speakers: readonly Speaker[];

  constructor({ nowS, sent }: Pick<KnownNow, "nowS" | "sent">, speakers: readonly Speaker[]) {
    this.#nowS = nowS;
    this.#sent = [...sent];
    this.#speakers = speakers;
  }

  /** Messages to the person, those on their way too. */
  get sent(): readonly SentMessage[] {
    return this.#sent;
  }

  /** Runs that speak about invoices, or have. */
  get speakers(): readonly Speaker[] {
    return this.#speakers;
  }

  /** A message that is on its way counts as one that has left. */
  noteUnderWay(run: OpenRun, rule: CompiledRule | undefined): void {
    const channel = run.state?.waiting?.for === "effect" ? channelAt(rule, run.state.at) : null;
    if (channel !== null && run.mode === "live") this.noteMessage(run, channel);
  }

  noteMessage(run: OpenRun, channel: SentMessage["channel"]): void {
    this.#sent.push({ channel, atS: this.#nowS, rule: run.rule });
    this.noteSpeaker(run, { startedS: run.state?.startedS ?? this.#nowS, hasSpoken: true });
  }

  noteSpeaker(
    { id, rule, invoiceId }: OpenRun,
    { startedS, hasSpoken }: { readonly startedS: number; readonly hasSpoken: boolean },
  ): void {
    if (invoiceId === null) return;
    const known = this.#speakers.find((speaker) => speaker.id === id);
    this.#speakers = [
      ...this.#speakers.filter((speaker) => speaker !== known),
      {
        id,
        rule,
        invoiceId,
        startedS: known?.startedS ?? startedS,
        hasSpoken: hasSpoken || known?.hasSpoken === true,
        hasEnded: known?.hasEnded ?? false,
      },
    ];
  }
}
