/** The pages in the header; a page is listed here when it exists. */
import { IconActivityHeartbeat, IconArrowsExchange, IconReceipt2 } from "@tabler/icons-react";

export const navigation = [
  { to: "/", label: "shell.pulse", Icon: IconActivityHeartbeat },
  { to: "/mapping", label: "shell.mapping", Icon: IconArrowsExchange },
  { to: "/plans", label: "shell.plans", Icon: IconReceipt2 },
] as const;
