/** Station rules: what a run has set is taken back, and nothing else. */
import type { CompiledRule } from "./program.ts";
import type { Deed, RunState, Trace } from "./run.ts";

/** The deeds that take back what these traces tell of; each tag and attribute once. */
export function takeBack({ program }: Pick<CompiledRule, "program">, traces: readonly Trace[]): readonly Deed[] {
  const last = new Map(traces.map((trace) => [nameOf(trace), trace]));
  return [...last.values()].map((trace) => ({
    at: program.length + trace.at,
    act: trace.kind === "tag" ? { kind: "untag", tag: trace.tag } : { kind: "unset", attribute: trace.attribute },
    values: {},
  }));
}

/** The tags that a run has put on. */
export function tagsOf({ traces }: Pick<RunState, "traces">): readonly string[] {
  return traces.flatMap((trace) => (trace.kind === "tag" ? [trace.tag] : []));
}

/** What was taken back, for the record. */
export function tellTakenBack(deeds: readonly Deed[]): string {
  const names = deeds.map(({ act }) =>
    "tag" in act ? `the tag “${act.tag}”` : "attribute" in act ? act.attribute : "",
  );
  return names.length === 0 ? "There was nothing to take back." : `Taken back: ${names.join(", ")}.`;
}

/** The traces with one more: what was set twice is one thing. */
export function withTrace(traces: RunState["traces"], trace: Trace): RunState["traces"] {
  return [...traces.filter((other) => nameOf(other) !== nameOf(trace)), trace];
}

/** The traces without a tag: who takes it off has nothing to take back. */
export function withoutTag(traces: RunState["traces"], tag: string): RunState["traces"] {
  return traces.filter((trace) => trace.kind !== "tag" || trace.tag !== tag);
}

function nameOf(trace: Trace): string {
  return trace.kind === "tag" ? `tag ${trace.tag}` : `set ${trace.attribute}`;
}
