/** The pages in the header, in order; a page is listed here when it exists. */
import { IconActivityHeartbeat } from "@tabler/icons-react";

export const navigation = [{ to: "/", label: "shell.pulse", Icon: IconActivityHeartbeat }] as const;
