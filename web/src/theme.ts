/** Dunlin's look: the muted teal of shallow water, the sand beside it, ink for text. */
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const tide: MantineColorsTuple = [
  "#eef6f5",
  "#dceae8",
  "#b8d5d1",
  "#90bfba",
  "#6fada7",
  "#599f99",
  "#4a938d",
  "#2b7772",
  "#1f6763",
  "#0f5350",
];

const brick: MantineColorsTuple = [
  "#fcf0ed",
  "#f5dfd9",
  "#ebbcb1",
  "#e19686",
  "#d97662",
  "#d4614c",
  "#c85440",
  "#b0402d",
  "#983424",
  "#7f281b",
];

/** Mantine's theme in Dunlin's colours and type. */
export const theme = createTheme({
  primaryColor: "tide",
  primaryShade: 7,
  colors: { tide, brick },
  autoContrast: true,
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace',
  headings: { fontWeight: "600" },
});

/** The colours that the style sheets use by name; every pair of text and ground meets contrast AA. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#faf7f2",
    "--mantine-color-text": "#1d2b2e",
    "--mantine-color-dimmed": "#586669",
    "--mantine-color-error": "#a53a28",
    "--surface": "#fffdfa",
    "--surface-sunk": "#f3eee5",
    "--line": "#e6dfd3",
    "--tide": "#1f6763",
    "--tide-fill": "#3f918b",
    "--tide-wash": "#e3efed",
    "--sand": "#7d5a24",
    "--sand-fill": "#c69a55",
    "--sand-wash": "#f4ead7",
    "--brick": "#a53a28",
    "--brick-wash": "#fae9e4",
  },
  dark: {
    "--mantine-color-body": "#0f1719",
    "--mantine-color-text": "#e4ebe8",
    "--mantine-color-dimmed": "#9badad",
    "--mantine-color-error": "#f0917f",
    "--surface": "#151f22",
    "--surface-sunk": "#1b272a",
    "--line": "#28363a",
    "--tide": "#84ccc3",
    "--tide-fill": "#4fa79f",
    "--tide-wash": "#17302f",
    "--sand": "#e0bd86",
    "--sand-fill": "#c69a55",
    "--sand-wash": "#332a1a",
    "--brick": "#f0917f",
    "--brick-wash": "#3a1f1a",
  },
});
