"""MongoDB. The in-memory twin obeys the same contract."""
