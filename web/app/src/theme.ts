import { type CSSVariablesResolver, createTheme } from "@mantine/core"

/** primaryShade 8 is the lightest of the shades that white text on it passes WCAG's contrast with. */
export const theme = createTheme({
  colors: {
    dark: [
      "#d5d7dd",
      "#b8bcc6",
      "#9aa0ab",
      "#6f7580",
      "#4a4e57",
      "#3d414a",
      "#2a2d34",
      "#1f2126",
      "#191b1f",
      "#131417",
    ],
  },
  primaryColor: "indigo",
  primaryShade: 8,
  cursorType: "pointer",
  defaultRadius: "md",
  respectReducedMotion: true,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', Arial, sans-serif",
  // By name: importing the components for their types would load them all with the first page.
  components: {
    // A link within a text is told by more than its colour.
    Anchor: { defaultProps: { underline: "always" } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray", size: "lg" } },
    Badge: { defaultProps: { tt: "none" } },
    // The first item has the focus, not an element before it that is none.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    // What need not be given says so.
    InputWrapper: { defaultProps: { withAsterisk: false } },
    Modal: { defaultProps: { centered: true, transitionProps: { duration: 120 } } },
    Tooltip: { defaultProps: { openDelay: 500 } },
  },
})

/**
 * Mantine's own dimmed, placeholder, error and red colours are too faint to read (below 4.5:1), so they are darker here in
 * light and lighter in dark; and the colours that are this app's own.
 */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#5c636a",
    "--mantine-color-placeholder": "#6b7280",
    "--mantine-color-error": "#c92a2a",
    "--mantine-color-red-outline": "#c92a2a",
    "--mantine-color-red-text": "#c92a2a",
    "--mantine-color-red-light-color": "#b02525",
    "--parley-canvas": "#f4f5f8",
    "--parley-surface": "#ffffff",
    "--parley-border": "#dfe2e8",
    "--parley-hover": "#f0f2f6",
    "--parley-selected": "#e4e9fb",
    "--parley-own": "#e3e8fc",
    "--parley-other": "#ffffff",
    "--parley-accent": "#3b5bdb",
    "--parley-online": "#2b8a3e",
    "--parley-mark": "#ffe8a3",
  },
  dark: {
    "--mantine-color-dimmed": "#a9adb5",
    "--mantine-color-placeholder": "#9aa0a8",
    "--mantine-color-error": "#ff8787",
    "--parley-canvas": "#17181c",
    "--parley-surface": "#1f2126",
    "--parley-border": "#34373f",
    "--parley-hover": "#2a2d34",
    "--parley-selected": "#303a63",
    "--parley-own": "#2c376b",
    "--parley-other": "#2a2d34",
    "--parley-accent": "#91a7ff",
    "--parley-online": "#51cf66",
    "--parley-mark": "#4d3d00",
  },
})
