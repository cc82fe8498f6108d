/**
 * Station rules: a rule that was checked and made ready. Its steps are a list of instructions, so that a run's place in it is a
 * number; a run goes on in the version of the rules that it began with.
 */
import type { ConversationPriority } from "../../contract/effect.ts";
import type { MessageCap, QuietHours, Rule, RuleLanguage, RulesDocument } from "../../contract/rule.ts";
import type { CelExpression } from "../lib/cel.ts";
import type { AttributeType } from "../model/attribute.ts";

/** So many units; business days leave out weekends and the holidays of the bank calendar. */
export type Duration = { readonly count: number; readonly unit: "minute" | "hour" | "day" | "week" | "business day" };

/** A value that is written down, or worked out from facts. */
export type ProgramValue = { readonly literal: string | number | boolean } | { readonly cel: CelExpression };

/** A date of the profile, moved; `field` is the profile's, of type date. */
export type MovedDate = { readonly field: string; readonly before: Duration | null; readonly after: Duration | null };

/** What a step does. Texts and tags by name. */
export type Act =
  | { readonly kind: "set"; readonly attribute: string; readonly type: AttributeType; readonly value: ProgramValue }
  | { readonly kind: "tag" | "untag"; readonly tag: string }
  | {
      readonly kind: "message";
      readonly channel: "chat" | "email";
      readonly text: string;
      readonly from: string | null;
      readonly draft: { readonly instruction: string; readonly approval: boolean } | null;
    }
  | { readonly kind: "conversation"; readonly text: string }
  | { readonly kind: "note"; readonly text: string; readonly from: string | null }
  | { readonly kind: "assign"; readonly to: { readonly type: "team" | "admin"; readonly id: string } }
  | { readonly kind: "priority"; readonly priority: ConversationPriority }
  | {
      readonly kind: "ticket";
      readonly type: string;
      readonly title: string;
      readonly description: string | null;
      readonly attributes: Readonly<Record<string, ProgramValue>>;
      readonly team: string | null;
      readonly teammate: string | null;
    }
  | { readonly kind: "data_event"; readonly name: string; readonly metadata: Readonly<Record<string, ProgramValue>> }
  | { readonly kind: "webhook"; readonly url: string; readonly facts: Readonly<Record<string, ProgramValue>> };

/** `path` says where it stands in the document, such as `steps[2].branch[0].then[1]`. */
export type Instruction =
  | { readonly op: "act"; readonly path: string; readonly act: Act }
  | {
      readonly op: "wait";
      readonly path: string;
      readonly duration: Duration | null;
      readonly until: MovedDate | null;
      readonly orReply: boolean;
      readonly orUntil: CelExpression | null;
    }
  | {
      readonly op: "branch";
      readonly path: string;
      readonly cases: readonly { readonly if: CelExpression; readonly to: number }[];
      readonly otherwise: number;
    }
  | { readonly op: "jump"; readonly to: number }
  | { readonly op: "undo"; readonly path: string }
  | { readonly op: "stop"; readonly path: string; readonly reason: string };

export type CompiledTrigger =
  | { readonly kind: "moment"; readonly name: string }
  | { readonly kind: "stripe"; readonly type: string }
  | { readonly kind: "becomes"; readonly expression: CelExpression }
  | { readonly kind: "date"; readonly date: MovedDate; readonly yearly: boolean; readonly at: string | null }
  | { readonly kind: "signal"; readonly signal: string; readonly tag: string | null }
  | { readonly kind: "manual" };

/** The program ends behind its last instruction. */
export type CompiledRule = {
  readonly rule: Rule;
  /** Of the document that it stands in; 0 for one that is only tried. */
  readonly version: number;
  readonly trigger: CompiledTrigger;
  readonly if: CelExpression | null;
  readonly while: CelExpression | null;
  /** Null for `oncePer` words, which stand in the rule. */
  readonly onceWithin: Duration | null;
  /** Undefined: messages are never held back. */
  readonly quietHours: QuietHours | undefined;
  readonly caps: { readonly chat?: CompiledCap | undefined; readonly email?: CompiledCap | undefined };
  readonly program: readonly Instruction[];
  /** The texts that it uses, by name. */
  readonly texts: ReadonlySet<string>;
  /** A fingerprint of what it does, whatever its mode and share: the same in two versions when nothing else changed. */
  readonly fingerprint: string;
};

export type CompiledCap = Omit<MessageCap, "per"> & { readonly per: Duration };

/** The rules in force. */
export type CompiledRules = {
  readonly version: number;
  readonly document: RulesDocument;
  readonly rules: readonly CompiledRule[];
  readonly byName: ReadonlyMap<string, CompiledRule>;
  /** Attributes that rules set, with their types; of all rules, whatever their mode. */
  readonly attributes: ReadonlyMap<string, AttributeType>;
  readonly language: RuleLanguage;
};

/** The channel of a message at this place of a program; null for anything else. */
export function channelAt(rule: CompiledRule | undefined, at: number): "chat" | "email" | null {
  const instruction = rule?.program[at];
  return instruction?.op === "act" && instruction.act.kind === "message" ? instruction.act.channel : null;
}
