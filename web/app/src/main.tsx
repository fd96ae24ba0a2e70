import "@mantine/core/styles.css"
import { createTheme, MantineProvider } from "@mantine/core"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"

// primaryShade 8 is the lightest of the shades that white text on it passes WCAG's contrast with.
const theme = createTheme({ primaryColor: "indigo", primaryShade: 8, cursorType: "pointer" })

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.nonce ?? ""
const root = document.getElementById("root")
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
        Parley
      </MantineProvider>
    </StrictMode>,
  )
}
