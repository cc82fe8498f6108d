import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { roles, worksOnJobs, type Role } from "../model/role.ts";
import { decideShare } from "./share.ts";

describe("the share of the rate limits", () => {
  it("is everything for a node that is alone", () => {
    expect(decideShare("all", [])).toBe(1);
    expect(decideShare("worker", [{ role: "web", share: 0 }])).toBe(1);
  });

  it("is nothing yet for a node that joins a busy one, and half once that one has made room", () => {
    expect(decideShare("worker", [{ role: "all", share: 1 }])).toBe(0);
    expect(decideShare("all", [{ role: "worker", share: 0 }])).toBe(0.5);
    expect(decideShare("worker", [{ role: "all", share: 0.5 }])).toBe(0.5);
  });

  it("is nothing for a node that takes no jobs", () => {
    expect(decideShare("web", [])).toBe(0);
  });

  it("stays what it is once everybody has the same, in whatever order the others are read", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.infiniteStream(fc.nat()), (count, random) => {
        const nodes = Array.from({ length: count }, () => ({ role: "all" as const, share: 0 }));
        const round = (): readonly number[] =>
          nodes.map((node) => {
            const others = nodes
              .filter((other) => other !== node)
              .map((other) => ({ other, rank: Number(random.next().value) }))
              .toSorted((a, b) => a.rank - b.rank)
              .map(({ other }) => other);
            node.share = decideShare(node.role, others);
            return node.share;
          });
        round();
        const settled = round();
        for (let again = 0; again < 5; again += 1) expect(round()).toEqual(settled);
      }),
    );
  });

  it("never adds up to more than 1, and is the same for all who work when everybody has had two turns", () => {
    type Step =
      | { readonly kind: "join"; readonly role: Role }
      | { readonly kind: "leave" | "turn"; readonly at: number };
    const steps: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ kind: fc.constant("join" as const), role: fc.constantFrom(...roles) }),
      fc.record({ kind: fc.constantFrom("leave" as const, "turn" as const), at: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 60 }), (happenings) => {
        const nodes: { readonly role: Role; share: number }[] = [];
        const turn = (index: number): void => {
          const node = nodes[index];
          if (node) node.share = decideShare(node.role, nodes.toSpliced(index, 1));
          expect(nodes.reduce((sum, { share }) => sum + share, 0)).toBeLessThanOrEqual(1 + 1e-9);
        };
        for (const step of happenings) {
          if (step.kind === "join") nodes.push({ role: step.role, share: 0 });
          else if (nodes.length > 0 && step.kind === "leave") nodes.splice(step.at % nodes.length, 1);
          else if (nodes.length > 0) turn(step.at % nodes.length);
        }
        for (let round = 0; round < 2; round += 1) nodes.forEach((_, index) => turn(index));
        const working = nodes.filter(({ role }) => worksOnJobs(role));
        for (const { share } of working) expect(share).toBeCloseTo(1 / working.length, 5);
      }),
    );
  });
});
