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

/** Mantine's greys, warm like the sand. */
const gray: MantineColorsTuple = [
  "#f7f3eb",
  "#f1ebe0",
  "#e6dfd3",
  "#d8cfc0",
  "#c4baa9",
  "#a89d8c",
  "#847b6d",
  "#5f5a50",
  "#45423b",
  "#2c2b27",
];

/** Mantine's dark surfaces, cool like deep water. */
const dark: MantineColorsTuple = [
  "#d3dedb",
  "#b9c8c6",
  "#9badad",
  "#6f8386",
  "#3d4f54",
  "#26353a",
  "#1b272a",
  "#151f22",
  "#10181a",
  "#0b1112",
];

/** A dialog's head is not the banner of the page. */
const plainHeader = { attributes: { header: { role: "presentation" } } };

/** A list belongs to its input, and so to the same landmark; forms.css makes it scroll. */
const plainList = { withScrollArea: false, comboboxProps: { withinPortal: false, shadow: "md" } };

/** Mantine's theme in Dunlin's colours and type. */
export const theme = createTheme({
  primaryColor: "tide",
  primaryShade: 7,
  colors: { tide, brick, gray, dark },
  autoContrast: true,
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace',
  headings: { fontWeight: "600" },
  components: {
    Modal: { defaultProps: plainHeader },
    Drawer: { defaultProps: plainHeader },
    Select: { defaultProps: plainList },
    MultiSelect: { defaultProps: plainList },
  },
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
    "--line-strong": "#b9ae9c",
    "--mantine-color-default": "#fffdfa",
    "--mantine-color-default-color": "#1d2b2e",
    "--mantine-color-default-border": "#d8cfc0",
    "--mantine-color-default-hover": "#f7f2e9",
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
    "--line-strong": "#4a5d62",
    "--mantine-color-default": "#1b272a",
    "--mantine-color-default-color": "#e4ebe8",
    "--mantine-color-default-border": "#37484d",
    "--mantine-color-default-hover": "#223034",
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
