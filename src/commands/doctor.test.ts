/** The last line of `dunlin doctor`. */
import { describe, expect, it } from "vitest";
import { failed, ok, warning } from "../upkeep/check.ts";
import { verdictText } from "./doctor.ts";

describe("the verdict of the doctor", () => {
  const fine = ok("Queue", "nothing waits");
  const open = warning("Dead letters", "7 × effects");

  it("says that everything works only where there is nothing to look at", () => {
    expect(verdictText([fine])).toBe("Everything works.");
    expect(verdictText([fine, open])).toBe("Everything works, with 1 thing to look at: see what is marked !.");
    expect(verdictText([open, fine, open])).toBe("Everything works, with 2 things to look at: see what is marked !.");
  });

  it("says what does not work before anything else", () => {
    expect(verdictText([open, failed("Key", "none is known")])).toBe("Something does not work: see what is marked ✗.");
  });
});
