import "./styles.ts"
import { MantineProvider } from "@mantine/core"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { App } from "./app.tsx"
import { Complaint } from "./components/Complaint.tsx"
import { speak } from "./i18n.ts"
import { UpdateOffer } from "./notifications/UpdateOffer.tsx"
import { wipeExpired } from "./pages/ephemeral/remembered.ts"
import { useSettings } from "./state/settings.ts"
import { cssVariables, theme } from "./theme.ts"

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.nonce ?? ""

// Those who put styles in by themselves (a dialog keeps the page behind it from scrolling) ask for it by this name.
Object.assign(window, { __webpack_nonce__: nonce })

async function start(root: HTMLElement): Promise<void> {
  await speak(useSettings.getState().language)
  wipeExpired(Date.now())
  // Nothing of it is needed to show a page.
  void import("./notifications/start.ts").then(({ startNotifications }) => startNotifications())
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        defaultColorScheme="auto"
        getStyleNonce={() => nonce}
      >
        <App />
        <Complaint />
        <UpdateOffer />
      </MantineProvider>
    </StrictMode>,
  )
}

const root = document.getElementById("root")
if (root !== null) void start(root)
