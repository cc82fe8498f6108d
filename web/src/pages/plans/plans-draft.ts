/** What people do to the plans before they are saved, and what the form of a draft already shows to be wrong. */
import {
  plansDocument,
  type PlanDefinition,
  type PlanPrice,
  type PlansDocument,
  type PlansFinding,
} from "../../../../contract/plans.ts";
import { pathText, type Problem } from "../../draft/problems.ts";
import { isSame } from "../../draft/same.ts";

export const freshPrice: PlanPrice = { id: "", as: "base", optional: false };

export const freshPlan: PlanDefinition = {
  id: "",
  name: "",
  prices: [freshPrice],
  includes: [],
  offered: true,
  notFrom: [],
};

export const noPlans: PlansDocument = { version: 1, plans: [] };

/** Puts a plan at its place; without an index it comes last. */
export function putPlan(document: PlansDocument, index: number | null, plan: PlanDefinition): PlansDocument {
  const plans = index === null ? [...document.plans, plan] : document.plans.with(index, plan);
  return { ...document, plans };
}

/** Removes a plan, and its name from the rules of the others. */
export function removePlan(document: PlansDocument, index: number): PlansDocument {
  const gone = document.plans[index]?.id;
  const plans = document.plans.toSpliced(index, 1).map((plan) => withoutPlan(plan, gone));
  return { ...document, plans };
}

function withoutPlan(plan: PlanDefinition, gone: string | undefined): PlanDefinition {
  const { eligibleFrom, ...rest } = plan;
  const from = eligibleFrom?.filter((id) => id !== gone) ?? [];
  const notFrom = plan.notFrom.filter((id) => id !== gone);
  return { ...rest, notFrom, ...(from.length > 0 ? { eligibleFrom: from } : {}) };
}

export type PlanChange = { readonly kind: "added" | "removed" | "changed"; readonly name: string; readonly id: string };

/** The plans that a draft adds, removes or changes; one is known by its id. */
export function planChanges(before: PlansDocument, after: PlansDocument): readonly PlanChange[] {
  const known = new Map(before.plans.map((plan) => [plan.id, plan]));
  const ids = new Set(after.plans.map(({ id }) => id));
  const here = after.plans.flatMap((plan): readonly PlanChange[] => {
    const one = known.get(plan.id);
    if (!one) return [{ kind: "added", name: plan.name, id: plan.id }];
    return isSame(one, plan) ? [] : [{ kind: "changed", name: plan.name, id: plan.id }];
  });
  const gone = before.plans.filter(({ id }) => !ids.has(id));
  return [...here, ...gone.map(({ id, name }): PlanChange => ({ kind: "removed", name, id }))];
}

/** What is wrong with the form of a document; what it says about prices is only known to the server. */
export function formProblems(document: PlansDocument): readonly Problem[] {
  const parsed = plansDocument.safeParse(document);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap(leaves).map(({ path, message }) => ({
    path: pathText(path),
    problem: message,
    severity: "error",
  }));
}

type Issue = { readonly path: readonly PropertyKey[]; readonly message: string };

/** A price may be written in two ways; of the two the one that a form can have is explained. */
function leaves(issue: Issue & { readonly errors?: unknown }): readonly Issue[] {
  const { errors, path, message } = issue;
  if (!Array.isArray(errors)) return [{ path, message }];
  const branch: unknown = errors.at(-1);
  if (!Array.isArray(branch)) return [{ path, message }];
  return branch.filter(isIssue).map((inner) => ({ path: [...path, ...inner.path], message: inner.message }));
}

function isIssue(value: unknown): value is Issue {
  return typeof value === "object" && value !== null && "path" in value && "message" in value;
}

/** What the server says about prices, at its place in the document: what it says of a price stands at its id. */
export function findingProblems(document: PlansDocument, findings: readonly PlansFinding[]): readonly Problem[] {
  return findings.map(({ plan: id, price, level, text }) => {
    const plan = document.plans.findIndex((one) => one.id === id);
    const place = document.plans[plan]?.prices.findIndex((one) => one.id === price) ?? -1;
    const path = plan < 0 ? "plans" : place < 0 ? `plans[${plan}]` : `plans[${plan}].prices[${place}].id`;
    return { path, problem: text, severity: level };
  });
}

/** An id made of a name, as somebody would write it: `Team Plus` → `team-plus`. */
export function planIdOf(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replaceAll(/\p{Mark}/gu, "")
    .replaceAll("ß", "ss")
    .toLowerCase();
  return plain
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 64);
}
