"""Kafka: producing, reading, consumer groups, administration. The in-memory twin obeys the same contract."""
