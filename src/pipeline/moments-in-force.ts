/** Which moments are told at present: what the mapping switches on, and since when. */
import { momentNamed } from "../../contract/moment.ts";
import { listMomentSwitches, switchMoments } from "../billing/store.ts";
import type { Pool } from "../db/pool.ts";
import { switchesOf, type EventsSection, type MomentSwitches } from "../model/moment-switch.ts";

/** What a mapping says of moments. */
export type EventsInForce = {
  readonly events: EventsSection;
  readonly prefix: string;
  /** Of the mapping's document; 0 for the preset. */
  readonly version: number;
};

/** Kept by each node; renewed whenever a mapping comes into force. */
export class MomentsInForce {
  #switches: MomentSwitches = new Map();

  /** Those that are switched on; none before they were read. */
  readonly current = (): MomentSwitches => this.#switches;

  /** Reads what is switched on. A node must know it before it takes the first event, whose moments would be lost. */
  async read(pool: Pool): Promise<void> {
    const rows = await listMomentSwitches(pool);
    this.#switches = new Map(
      rows.flatMap(({ name, ...chosen }) => {
        const moment = momentNamed(name);
        return moment ? [[moment.name, chosen] as const] : [];
      }),
    );
  }

  /**
   * Takes over the section `events` of the mapping in force. What was switched on before stays on since then; what is new
   * begins now, so that nothing of the past is told. Twice, or on several nodes, is the same as once; a node that comes late
   * with an older version changes nothing.
   */
  async renew(pool: Pool, { events, prefix, version }: EventsInForce): Promise<void> {
    await switchMoments(pool, { version, switches: switchesOf(events, prefix) });
    await this.read(pool);
  }
}
