import { Component, type ReactNode } from "react"
import { withTranslation } from "react-i18next"

interface Props {
  children: ReactNode
  t: (key: "broken.title" | "broken.text" | "reload") => string
}

/** What is shown instead of a page that could not be: also when its part of the app could not be loaded. */
class Boundary extends Component<Props, { broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true }
  }

  override render(): ReactNode {
    const { children, t } = this.props
    if (!this.state.broken) return children
    return (
      <div role="alert" style={{ padding: 32, maxWidth: 480, margin: "0 auto" }}>
        <h1>{t("broken.title")}</h1>
        <p>{t("broken.text")}</p>
        <button type="button" onClick={() => window.location.reload()}>
          {t("reload")}
        </button>
      </div>
    )
  }
}

export const Broken = withTranslation()(Boundary)
