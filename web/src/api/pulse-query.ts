/** The live data of the Pulse page: asked for every second while the tab is visible. */
import { queryOptions } from "@tanstack/react-query";
import { pulse } from "../../../contract/pulse.ts";
import { isSignedOut } from "./api-error.ts";
import { getJson } from "./request.ts";

const everyMs = 1_000;
/** Slower while the server does not answer, so that a restart is not met by a crowd. */
const everyMsWhileFailing = 3_000;

/** The query of `GET /api/pulse`. A missing session is thrown to the route, which shows the sign-in page. */
export function pulseQuery() {
  return queryOptions({
    queryKey: ["pulse"],
    queryFn: ({ signal }) => getJson("/api/pulse", pulse, signal),
    refetchInterval: (query) => (query.state.status === "error" ? everyMsWhileFailing : everyMs),
    refetchIntervalInBackground: false,
    refetchOnWindowFocus: "always",
    // The next interval is the retry; and a server on this machine is there without any network.
    retry: false,
    networkMode: "always",
    throwOnError: (error: Error) => isSignedOut(error),
  });
}
