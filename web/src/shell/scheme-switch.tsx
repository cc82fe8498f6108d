/** Switches between light and dark; until it is used, the system decides. */
import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconMoon, IconSun } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** The button with the sun or the moon. */
export function SchemeSwitch(): ReactNode {
  const { t } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const other = scheme === "dark" ? "light" : "dark";
  const label = t(other === "dark" ? "shell.toDark" : "shell.toLight");
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size={34}
      radius="xl"
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(other)}
    >
      {other === "dark" ? (
        <IconMoon size={18} stroke={1.8} aria-hidden />
      ) : (
        <IconSun size={18} stroke={1.8} aria-hidden />
      )}
    </ActionIcon>
  );
}
