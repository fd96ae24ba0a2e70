import { createContext, useContext } from "react"

/** Whether Tab leads to what is on a message: on one of them at a time, which the arrows choose. */
const Reach = createContext(false)

export const ReachProvider = Reach.Provider

export function useTabIndex(): 0 | -1 {
  return useContext(Reach) ? 0 : -1
}
