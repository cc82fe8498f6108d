/** All that a node needs for rules: those in force, the clock that they go by, and what texts fetch. Put together once. */
import type { Pool } from "../db/pool.ts";
import { systemClock, type Clock } from "../lib/clock.ts";
import type { LinkSettings } from "../links/link.ts";
import type { Log } from "../pipeline/context.ts";
import type { SavingsSource } from "../pipeline/confirm-savings.ts";
import type { OnKept } from "../pipeline/keep-signals.ts";
import type { LinksSource } from "../pipeline/links.ts";
import { makeLink, type LinkMaker } from "../pipeline/make-link.ts";
import { tellRules } from "../pipeline/rule-signals.ts";
import { savingOf, type SavingFacts, type TextSources } from "../pipeline/rule-texts.ts";
import { noRules, RuleBook } from "../pipeline/rules-in-force.ts";
import type { RulesAtWork } from "../pipeline/rules-now.ts";
import type { KnownNow } from "../pipeline/run-inputs.ts";
import { answerSavings } from "../pipeline/savings.ts";
import { codeOf, kindOf } from "../model/error.ts";
import { mainAccount } from "../connections/connection.ts";

export type RulesWorkSettings = {
  readonly pool: Pool;
  readonly log: Log;
  /** Ends the watching. */
  readonly signal: AbortSignal;
  readonly savings: Omit<SavingsSource, "nowMs">;
};

/** How the business is called; null while nobody has said. */
function nameOf(book: RuleBook): string | null {
  const { name } = book.current.rules.document.business;
  return name === noRules.business.name ? null : name;
}

/** Rules on this node. */
export class RulesWork {
  readonly book: RuleBook;
  readonly #settings: RulesWorkSettings;
  #clock: Clock = systemClock;
  #links: LinkSettings | null = null;

  constructor(settings: RulesWorkSettings) {
    this.#settings = settings;
    const { pool, log, signal } = settings;
    this.book = new RuleBook({ pool, log, signal });
  }

  /** The clock that rules go by. */
  readonly nowMs = (): number => this.#clock.nowMs();

  /** That clock is told when something has happened. */
  readonly heed = (happenedMs: number): void => this.#clock.heed(happenedMs);

  /** What matching goes by. */
  get atWork(): RulesAtWork {
    return { now: () => this.book.current, nowMs: this.nowMs };
  }

  /** What is to be done about signals that are new. */
  get onKept(): OnKept {
    return tellRules(this.atWork.now, this.nowMs);
  }

  /** Links for customers; none without an address at which they reach this server. */
  get linkMaker(): LinkMaker {
    return { pool: this.#settings.pool, settings: this.#links, nowMs: this.nowMs };
  }

  /** What customers see behind links. */
  get links(): LinksSource {
    const { savings, log } = this.#settings;
    const { linkMaker, nowMs, book } = this;
    const businessName = (): Promise<string | null> => Promise.resolve(nameOf(book));
    return { ...linkMaker, log, businessName, stripe: savings.stripe, savings: { ...savings, nowMs } };
  }

  /** From now on rules go by this clock, and make links with these settings. */
  goBy({ clock, links }: { readonly clock: Clock; readonly links: LinkSettings | null }): void {
    this.#clock = clock;
    this.#links = links;
  }

  /** What texts about this customer fetch. */
  readonly sources = ({ customer }: Pick<KnownNow, "customer">): TextSources => ({
    link: (purpose) => makeLink(this.linkMaker, { purpose, ...customer }),
    saving: () => this.#savingOf(customer),
  });

  /** A saving that cannot be told is left out; trouble that passes is passed on, so that the message waits. */
  async #savingOf({ account, customerId }: KnownNow["customer"]): Promise<SavingFacts | null> {
    const { savings, log } = this.#settings;
    const source = { ...savings, nowMs: this.nowMs };
    try {
      const asked = account === mainAccount ? {} : { account };
      return savingOf(await answerSavings(source, { customer: customerId, ...asked }));
    } catch (error) {
      if (kindOf(error) === "transient" || kindOf(error) === "blocked") throw error;
      log.warn({ customerId, code: codeOf(error) }, "what a customer would save is left out of a message");
      return null;
    }
  }
}
