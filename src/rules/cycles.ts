/**
 * Station rules: finds loops between rules: what a step of one rule does in Intercom comes back as a signal, which triggers
 * another.
 *
 * | step | comes back as |
 * | --- | --- |
 * | tag | tagged, with this tag |
 * | untag | untagged, with this tag |
 * | undo, and a `while` that is over | untagged, with each tag that the rule sets |
 *
 * Nothing else does. Attributes and data events trigger no rule, no condition sees what rules write, a conversation that Dunlin
 * opens in the customer's name is no signal, and between a message and the answer to it there is a person.
 */
import type { Rule, RulesDocument } from "../../contract/rule.ts";
import { stepsIn } from "./steps.ts";

/** What a rule does that may trigger a rule. */
type Doing = { readonly signal: string; readonly tag: string; readonly path: string; readonly words: string };

/** One rule triggers another. */
export type Edge = { readonly from: number; readonly to: number; readonly path: string; readonly words: string };

/** Loops, each with its edges in order; every rule that is part of any is part of one of these. Rules are told by their index. */
export function findCycles({ rules }: Pick<RulesDocument, "rules">): readonly (readonly Edge[])[] {
  const edges = rules.map((rule, index) => edgesOf(rule, index, rules));
  const cycles: (readonly Edge[])[] = [];
  const settled = new Set<number>();
  for (const start of rules.keys()) {
    if (settled.has(start)) continue;
    const cycle = shortestWayBack(start, edges);
    for (const { from } of cycle) settled.add(from);
    if (cycle.length > 0) cycles.push(cycle);
  }
  return cycles;
}

function edgesOf(rule: Rule, from: number, rules: readonly Rule[]): readonly Edge[] {
  const doings = doingsOf(rule, `rules[${from}]`);
  return rules.flatMap(({ on }, to) => {
    if (!("signal" in on)) return [];
    const cause = doings.find(({ signal, tag }) => signal === on.signal && (on.tag === undefined || on.tag === tag));
    return cause ? [{ from, to, path: cause.path, words: cause.words }] : [];
  });
}

function doingsOf(rule: Rule, path: string): readonly Doing[] {
  const steps = stepsIn({ steps: rule.steps, path: `${path}.steps` });
  const tags = [...new Set(steps.flatMap(({ step }) => ("tag" in step ? [step.tag] : [])))];
  const takenBack = (place: string): readonly Doing[] =>
    tags.map((tag) => ({ signal: "untagged", tag, path: place, words: `takes the tag “${tag}” back` }));
  const ofSteps = steps.flatMap(({ step, path: place }): readonly Doing[] => {
    if ("tag" in step)
      return [{ signal: "tagged", tag: step.tag, path: `${place}.tag`, words: `sets the tag “${step.tag}”` }];
    if ("untag" in step) {
      return [
        { signal: "untagged", tag: step.untag, path: `${place}.untag`, words: `takes the tag “${step.untag}” away` },
      ];
    }
    return "undo" in step ? takenBack(`${place}.undo`) : [];
  });
  const isUndone = rule.while !== undefined && rule.whenOver === "undo";
  return isUndone ? [...ofSteps, ...takenBack(`${path}.while`)] : ofSteps;
}

/** Looks in widening circles, so that what it finds is as short as can be; empty when no way leads back. */
function shortestWayBack(start: number, edges: readonly (readonly Edge[])[]): readonly Edge[] {
  const cameBy = new Map<number, Edge>();
  const waiting = [start];
  for (const here of waiting) {
    for (const edge of edges[here] ?? []) {
      if (edge.to === start) return [...wayTo(here, cameBy), edge];
      if (cameBy.has(edge.to)) continue;
      cameBy.set(edge.to, edge);
      waiting.push(edge.to);
    }
  }
  return [];
}

function wayTo(end: number, cameBy: ReadonlyMap<number, Edge>): readonly Edge[] {
  const way: Edge[] = [];
  for (let edge = cameBy.get(end); edge; edge = cameBy.get(edge.from)) way.unshift(edge);
  return way;
}
