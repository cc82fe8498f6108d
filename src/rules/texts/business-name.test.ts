import { expect, it } from "vitest";
import { rulesDocument } from "../../../contract/rule.ts";
import { businessNameIn } from "./business-name.ts";

it("puts the name of nobody into the reader's language, and leaves others as they are", () => {
  const { name } = rulesDocument.parse({ version: 1 }).business;
  expect(businessNameIn("en", name)).toBe("our team");
  expect(businessNameIn("de", name)).toBe("unser Team");
  expect(businessNameIn("de", "Lapwing")).toBe("Lapwing");
});
