/** What pages ask the server for and show as it was a moment ago. */

import { RequestFailed } from "@parley/sdk"
import { QueryClient } from "@tanstack/react-query"

const FRESH_MILLISECONDS = 10_000
const RETRIES = 2

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MILLISECONDS,
      retry: (failures, error) => failures < RETRIES && (!(error instanceof RequestFailed) || error.retry),
    },
  },
})
