import { Container } from "@mantine/core"
import type { ReactNode } from "react"
import { Link } from "wouter"
import classes from "./Outside.module.css"

interface Props {
  narrow?: boolean
  children: ReactNode
}

/** A page outside of any chat: the name of the app above, which leads home, and what the page is about. */
export function Outside({ narrow = false, children }: Props): ReactNode {
  return (
    <div className={classes.page}>
      <header className={classes.header}>
        <Link href="/" className={classes.brand}>
          <img src="/icons/icon.svg" alt="" width={28} height={28} />
          Parley
        </Link>
      </header>
      <Container component="main" size={narrow ? 460 : 960} className={classes.main}>
        {children}
      </Container>
    </div>
  )
}
