/**
 * Stories in which one could take somebody for somebody else, each with who is right by the documented rules: a person's
 * decision, the stored link, the user id, the address of exactly one user; leads never; customers who find one contact are
 * one person; in doubt nobody.
 */
import { changingStories } from "./changing-stories.ts";
import { contactStories } from "./contact-stories.ts";
import { findingStories } from "./finding-stories.ts";
import { personStories } from "./person-stories.ts";
import type { Stories } from "./scene.ts";

/** All of them. */
export const stories: Stories = { ...findingStories, ...changingStories, ...contactStories, ...personStories };
