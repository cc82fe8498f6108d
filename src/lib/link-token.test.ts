/** Texts are shown without what opens a customer's pages. */
import { expect, it } from "vitest";
import { withoutTokens } from "./link-token.ts";

const token = "EGzoGQAAAABjdXNfU2JLMm04UWQxeFl6VGE_j-TC0b1wJcX4pWm0aVfQ";

it.each([
  ["an address", `https://pay.example/base/l/${token}`, "https://pay.example/base/l/…"],
  ["a link in HTML", `<a href="https://pay.example/l/${token}">Pay</a>`, '<a href="https://pay.example/l/…">Pay</a>'],
  ["several", `/l/${token} and /l/${token}.`, "/l/… and /l/…."],
  ["a page behind it", `/l/${token}/done`, "/l/…/done"],
  ["what is too short for one", "https://pay.example/l/help", "https://pay.example/l/help"],
  ["another folder", `https://pay.example/x/${token}`, `https://pay.example/x/${token}`],
])("cuts %s", (_, text, shown) => {
  expect(withoutTokens(text)).toBe(shown);
});
