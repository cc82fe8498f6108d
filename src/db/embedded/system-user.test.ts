/** Which account PostgreSQL runs as when Dunlin runs as root. */
import { describe, expect, it } from "vitest";

import { chooseAccount, parseAccounts } from "./system-user.ts";

const passwd = `root:x:0:0:root:/root:/bin/bash
# a remark:x:7:7
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
alice:x:1000:1000::/home/alice:/bin/bash
`;
const accounts = parseAccounts(passwd);
const withPostgres = parseAccounts(`${passwd}postgres:x:101:104::/var/lib/postgresql:/bin/bash\n`);

describe("chooseAccount", () => {
  it("prefers postgres, then nobody", () => {
    expect(chooseAccount(withPostgres, undefined)?.name).toBe("postgres");
    expect(chooseAccount(accounts, undefined)?.name).toBe("nobody");
  });

  it("stays with the account that the data belongs to", () => {
    expect(chooseAccount(withPostgres, 1000)?.name).toBe("alice");
  });

  it("takes over data that belongs to root or to an account that is gone", () => {
    expect(chooseAccount(withPostgres, 0)?.name).toBe("postgres");
    expect(chooseAccount(withPostgres, 4242)?.name).toBe("postgres");
  });

  it("finds none where there is neither", () => {
    expect(chooseAccount([], undefined)).toBeUndefined();
  });
});
